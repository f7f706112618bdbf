// SPDX-License-Identifier: Apache-2.0
//
// A server without a network: requests of two kinds come in, eight are served at a time, and each
// one works in an arena that it leases from a pool. Now and then it prints what the pool did.
//
// Look-ups need about 4 KB and reports about 300 KB. The pool learns that by itself, kind by kind;
// after that, nearly every request gets a used arena in which all it needs fits one buffer.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>

enum Kind : std::uint64_t { kLookUp = 1, kReport = 2 };  // the keys

constexpr std::size_t kAtATime = 8;
std::size_t connections = 0;  // open right now

// What a request holds on to besides memory.
struct Connection {
  Connection() { ++connections; }
  ~Connection() { --connections; }
};

struct Request {
  arena::ArenaLease lease;  // the rest lies in its arena, and goes when it goes
  Connection* connection = nullptr;
  std::string_view name = {};
  arena::Slice<std::string_view> lines = {};
};

Request Serve(arena::ArenaPool& pool, std::mt19937& random) {
  const Kind kind = random() % 4 == 0 ? kReport : kLookUp;
  const std::size_t count = (kind == kReport ? 3000 : 40) * (75 + random() % 50) / 100;

  Request request{pool.Acquire(kind)};
  arena::MonotonicArena& a = *request.lease;
  request.connection = arena::Allocate<Connection>(a);
  request.name = arena::CopyString(a, kind == kReport ? "report" : "look-up");
  request.lines = arena::AllocateSlice<std::string_view>(a, 0, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string line = "line " + std::to_string(i) + " of a " + std::string(request.name);
    const std::string padded = line + std::string(60 - line.size(), '.');
    request.lines = arena::SliceAppend(a, request.lines, arena::CopyString(a, padded));
  }
  return request;
}

void Print(const arena::ArenaPool& pool, int served) {
  std::cout << "after " << served << " requests, " << connections << " connections\n"
            << "  pool:     " << pool.Stats() << '\n';
  for (const auto& [name, kind] :
       {std::pair{"look-ups", kLookUp}, std::pair{"reports ", kReport}}) {
    if (const auto stats = pool.Stats(kind)) std::cout << "  " << name << ": " << *stats << '\n';
  }
}

int main() {
  arena::ArenaPool pool({.max_idle_bytes = std::size_t{8} << 20});
  std::mt19937 random(1);
  std::deque<Request> in_work;
  int served = 0;
  for (int rounds : {10, 90, 900}) {
    for (; rounds > 0; --rounds, ++served) {
      in_work.push_back(Serve(pool, random));
      // The oldest is answered: its connection is closed and its arena goes back into the pool.
      if (in_work.size() > kAtATime) in_work.pop_front();
    }
    Print(pool, served);
  }

  in_work.clear();
  std::cout << "all answered, " << connections << " connections, " << pool.Stats().open
            << " leases\n";
  pool.ShrinkTo(100'000);  // what a server does when memory gets short
  std::cout << "after ShrinkTo, idle memory "
            << (pool.Stats().idle_bytes <= 100'000 ? "is" : "is not") << " within its bound\n";
}
