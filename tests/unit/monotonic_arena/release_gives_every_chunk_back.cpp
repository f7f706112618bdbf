// SPDX-License-Identifier: Apache-2.0
//
// Release gives all memory back upstream; the arena is empty and usable afterwards.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("Release gives every buffer back, and the arena serves again", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 1000, .initial_buffer_count = 3, .upstream = &upstream});
    for (std::size_t round = 0; round < 5; ++round) {
      CAPTURE(round);
      for (std::size_t i = 0; i < 100; ++i) {
        arena_test::Fill(a.Alloc(i * 31 % 2500 + 1, 8), i * 31 % 2500 + 1, i);
      }
      CHECK(upstream.LiveBlocks() == a.Stats().buffers);
      a.Release();
      CHECK(a.Len() == 0);
      CHECK(a.Cap() == 0);
      CHECK(a.Stats().buffers == 0);
      CHECK(upstream.LiveBlocks() == 0);
      CHECK(FiguresAgree(a));
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("Release of an arena that holds nothing does nothing", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  a.Release();
  a.Release();
  CHECK(a.Cap() == 0);
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("after Release buffers start small again", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  for (int i = 0; i < 10000; ++i) a.Alloc(100, 1);
  a.Alloc(1000000, 1);
  a.Release();
  a.Alloc(1, 1);
  CHECK(a.Cap() == 32768);
}

TEST_CASE("Release runs the cleanups before the memory goes", "[monotonic]") {
  arena_test::LifetimeLog log;
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 200, .upstream = &upstream});
  for (int i = 0; i < 50; ++i) arena::Allocate<arena_test::Tracked>(a, i);
  CHECK(log.Live() == 50);
  bool had_memory = false;
  arena::Defer(a, [&] { had_memory = upstream.LiveBlocks() > 0; });
  a.Release();
  CHECK(had_memory);
  CHECK(log.Check() == "");
  CHECK(log.Deaths().front() == 49);
  CHECK(log.Deaths().back() == 0);
  CHECK(upstream.LiveBlocks() == 0);
}

TEST_CASE("the end of an arena is a Release", "[monotonic]") {
  arena_test::LifetimeLog log;
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.upstream = &upstream});
    for (int i = 0; i < 5000; ++i) arena::Allocate<arena_test::Tracked>(a, i);
    a.Alloc(100000, 1);
  }
  CHECK(log.Check() == "");
  CHECK(log.Destructions() == 5000);
  CHECK(upstream.Check() == "");
}
