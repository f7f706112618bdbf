// SPDX-License-Identifier: Apache-2.0
//
// Repeating the same requests after Reset calls upstream never again, gives the same first address,
// and leaves Cap as it is.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

namespace {

struct Request {
  std::size_t size;
  std::size_t alignment;
  bool record;
};

std::vector<Request> MakeLoad(arena_test::Random& random, std::size_t small_to,
                              std::size_t large_to, std::size_t large_in, std::size_t alignments) {
  std::vector<Request> load;
  for (int i = 0; i < 400; ++i) {
    const std::size_t top = random() % large_in == 0 ? large_to : small_to;
    load.push_back(
        {random() % top + 1, std::size_t{1} << random() % alignments, random() % 8 == 0});
  }
  load.front() = {1, 1, false};  // fits every first buffer
  return load;
}

// One round; returns the address of the first block.
void* Run(arena::MonotonicArena& a, const std::vector<Request>& load) {
  void* first = nullptr;
  for (const Request& request : load) {
    void* block = a.Alloc(request.size, request.alignment);
    if (first == nullptr) first = block;
    if (request.record) arena::Own(a, std::make_unique<char>('x'));
  }
  return first;
}

}  // namespace

TEST_CASE("equal rounds stay equal, whatever the load and the options", "[monotonic]") {
  arena_test::Random random(77);
  for (const std::size_t min : {0u, 1u, 50u, 100u, 1000u, 4096u, 32768u}) {
    for (const std::size_t count : {1u, 3u}) {
      for (const std::size_t alignments : {1u, 5u, 11u}) {
        const std::vector<Request> load = MakeLoad(random, 200, 9000, 10, alignments);
        CheckingResource upstream;
        CAPTURE(min, count, alignments);
        arena::MonotonicArena a(
            {.min_buffer_size = min, .initial_buffer_count = count, .upstream = &upstream});
        void* const first = Run(a, load);
        const std::size_t cap = a.Cap();
        const std::size_t calls = upstream.Calls();
        for (int round = 0; round < 5; ++round) {
          a.Reset();
          REQUIRE(LiesAt(Run(a, load), first));
          REQUIRE(a.Cap() == cap);
          REQUIRE(upstream.Calls() == calls);
        }
        CHECK(FiguresAgree(a));
      }
    }
  }
}

TEST_CASE("with no initial buffer, equal rounds are quiet from the second on", "[monotonic]") {
  arena_test::Random random(78);
  for (const std::size_t min : {0u, 100u, 1000u, 32768u}) {
    for (const std::size_t alignments : {1u, 5u, 11u}) {
      const std::vector<Request> load = MakeLoad(random, 200, 9000, 10, alignments);
      CheckingResource upstream;
      CAPTURE(min, alignments);
      arena::MonotonicArena a(
          {.min_buffer_size = min, .initial_buffer_count = 0, .upstream = &upstream});
      Run(a, load);
      a.Reset();
      void* const first = Run(a, load);
      const std::size_t calls = upstream.Calls();
      const std::size_t cap = a.Cap();
      for (int round = 0; round < 5; ++round) {
        a.Reset();
        REQUIRE(LiesAt(Run(a, load), first));
        REQUIRE(upstream.Calls() == calls);
        REQUIRE(a.Cap() == cap);
      }
    }
  }
}

TEST_CASE("equal rounds with scopes in them stay equal", "[monotonic]") {
  arena_test::Random random(79);
  const std::vector<Request> outer = MakeLoad(random, 300, 5000, 20, 5);
  const std::vector<Request> inner = MakeLoad(random, 100, 9000, 10, 5);
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  std::size_t calls = 0;
  std::size_t cap = 0;
  for (int round = 0; round < 8; ++round) {
    Run(a, outer);
    for (int i = 0; i < 3; ++i) {
      const arena::ArenaScope scope(a);
      Run(a, inner);
    }
    Run(a, outer);
    if (round == 0) {
      calls = upstream.Calls();
      cap = a.Cap();
    }
    CHECK(upstream.Calls() == calls);
    CHECK(a.Cap() == cap);
    a.Reset();
  }
}

TEST_CASE("equal rounds below a limit keep to it", "[monotonic]") {
  arena_test::Random random(80);
  const std::vector<Request> load = MakeLoad(random, 200, 9000, 20, 5);
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  Run(a, load);
  const std::size_t need = a.Cap();
  arena::MonotonicArena limited({.min_buffer_size = 1000, .limit = need, .upstream = &upstream});
  for (int round = 0; round < 5; ++round) {
    Run(limited, load);
    CHECK(limited.Cap() == need);
    limited.Reset();
  }
}
