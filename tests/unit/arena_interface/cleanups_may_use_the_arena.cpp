// SPDX-License-Identifier: Apache-2.0
//
// A cleanup may allocate, register and deallocate in the arena that runs it.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena::Allocate;
using arena::Defer;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Registers one more of its kind as often as it is told to.
struct Chain {
  arena::Arena& a;
  int left;
  int* runs;
  void operator()() const {
    ++*runs;
    if (left > 0) Defer(a, Chain{a, left - 1, runs});
  }
};

}  // namespace

TEST_CASE("what a cleanup registers runs too") {
  CheckingResource upstream;
  int runs = 0;
  int in_the_scope = 0;
  {
    arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
    Defer(a, Chain{a, 100, &runs});
    SECTION("at Reset") { a.Reset(); }
    SECTION("at Release") { a.Release(); }
    SECTION("at the end of the arena") {}
    SECTION("at the end of a scope") {
      {
        const arena::ArenaScope scope(a);
        Defer(a, Chain{a, 100, &in_the_scope});
      }
      CHECK(in_the_scope == 101);
      CHECK(runs == 0);
    }
  }
  CHECK(runs == 101);
  CHECK(upstream.Check() == "");
}

TEST_CASE("what a cleanup allocates does not overlap what is still to be destroyed") {
  LifetimeLog log;
  arena::MonotonicArena a({.min_buffer_size = 256, .max_buffer_size = 256});
  for (int id = 0; id < 50; ++id) {
    Allocate<Tracked>(a, id);
    Defer(a, [&a] { std::memset(a.Alloc(40, 1), 0xEE, 40); });
  }
  std::vector<int> expected;
  for (int id = 49; id >= 0; --id) expected.push_back(id);
  a.Reset();
  CHECK(log.Deaths() == expected);
  CHECK(log.Check() == "");
  CHECK(a.Len() == 0);
}

TEST_CASE("a cleanup constructs objects that are destroyed at once after it") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  Defer(a, [&a, &log] {
    log.Note(2);
    Allocate<Tracked>(a, 3);
    Allocate<Tracked>(a, 4);
  });
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{2, 4, 3, 1});
  CHECK(a.Len() == 0);
  CHECK(a.Stats().records == 0);
}

TEST_CASE("a container in the arena deallocates while it is destroyed") {
  arena::MonotonicArena a;
  auto* const numbers = Allocate<std::pmr::vector<int>>(a);
  for (int i = 0; i < 1000; ++i) numbers->push_back(i);
  a.Reset();
  CHECK(a.Len() == 0);
}

TEST_CASE("cleanups run on the thread that resets", "[threads]") {
  arena::MonotonicArena a;
  std::thread::id ran_on;
  Defer(a, [&ran_on] { ran_on = std::this_thread::get_id(); });
  std::thread::id other;
  std::thread thread([&a, &other] {
    other = std::this_thread::get_id();
    a.Reset();
  });
  thread.join();
  CHECK(ran_on == other);
}

TEST_CASE("a cleanup that finds no memory for another leaves everything as it is") {
  CheckingResource upstream;
  LifetimeLog log;
  arena::MonotonicArena a({.min_buffer_size = 128, .max_buffer_size = 128, .upstream = &upstream});
  Allocate<Tracked>(a, 1);
  bool failed = false;
  Defer(a, [&a, &failed, &upstream] {
    upstream.FailFrom(1);
    while (arena::TryAllocate<Tracked>(a, 2) != nullptr) continue;
    failed = true;
    upstream.FailNever();
  });
  a.Reset();
  CHECK(failed);
  CHECK(log.Check() == "");
}
