// SPDX-License-Identifier: Apache-2.0
//
// Dedicated buffers taken inside a scope are free for the next request of their class.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("a scope gives its oversized chunks back and keeps the outer ones", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  void* outside = a.Alloc(1000, 1);
  arena_test::Fill(outside, 1000, 1);
  {
    const arena::ArenaScope scope(a);
    for (int i = 0; i < 3; ++i) arena_test::Fill(a.Alloc(1000, 1), 1000, 2);
    arena_test::Fill(a.Alloc(100000, 1), 100000, 2);
  }
  CHECK(a.Len() == 1000);
  const std::size_t cap = a.Cap();
  const std::size_t calls = upstream.Calls();
  for (int i = 0; i < 3; ++i) arena_test::Fill(a.Alloc(900, 1), 900, 3);
  arena_test::Fill(a.Alloc(100001, 1), 100001, 3);
  CHECK(a.Cap() == cap);
  CHECK(upstream.Calls() == calls);
  CHECK(arena_test::StillHolds(outside, 1000, 1));
  a.Alloc(1000, 1);  // a fifth of the class
  CHECK(upstream.Calls() == calls + 1);
}

TEST_CASE("the size classes of inner and outer scopes do not get in each other's way", "[scope]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
    arena_test::Random random(9);
    const auto allocate = [&](std::size_t count, std::size_t seed) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = 70 + random() % 3000;
        arena_test::Fill(a.Alloc(size, 1), size, seed);
      }
    };
    for (int round = 0; round < 50; ++round) {
      a.Reset();
      allocate(random() % 10, 1);
      const arena::ArenaStats at_first = a.Stats();
      {
        const arena::ArenaScope outer(a);
        allocate(random() % 10, 2);
        const arena::ArenaStats at_second = a.Stats();
        for (int i = 0; i < 3; ++i) {
          const arena::ArenaScope inner(a);
          allocate(random() % 10, 3);
        }
        REQUIRE(a.Len() == at_second.len);
        REQUIRE(a.Stats().waste == at_second.waste);
        allocate(random() % 10, 4);
      }
      REQUIRE(a.Len() == at_first.len);
      REQUIRE(a.Stats().waste == at_first.waste);
      REQUIRE(FiguresAgree(a));
      if (round % 7 == 0) a.ShrinkTo(random() % 20000);
      REQUIRE(upstream.LiveBlocks() == a.Stats().buffers);
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("ShrinkTo after a scope gives its oversized chunks back", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  void* outside = a.Alloc(1000, 1);
  arena_test::Fill(outside, 1000, 1);
  {
    const arena::ArenaScope scope(a);
    for (int i = 0; i < 4; ++i) a.Alloc(1000, 1);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 64 + 5 * 1024);
  }
  a.ShrinkTo(0);
  CHECK(a.Cap() == 1024);  // the window's buffer held nothing either
  CHECK(arena_test::StillHolds(outside, 1000, 1));
}
