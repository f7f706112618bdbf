// SPDX-License-Identifier: Apache-2.0
//
// A scope may start on an arena that holds nothing yet.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a scope on an arena without a buffer leaves its buffers as spares", "[scope]") {
  CheckingResource upstream;
  LifetimeLog log;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 1000, .initial_buffer_count = 0, .upstream = &upstream});
    std::size_t calls = 0;
    for (int round = 0; round < 4; ++round) {
      CAPTURE(round);
      {
        const arena::ArenaScope scope(a);
        arena::Allocate<Tracked>(a, round);
        a.Alloc(500, 1);
        a.Alloc(700, 1);
        a.Alloc(5000, 1);
      }
      CHECK(a.Len() == 0);
      CHECK(a.Stats().records == 0);
      CHECK(a.Stats().free == a.Cap());
      CHECK(FiguresAgree(a));
      if (round == 0) calls = upstream.Calls();
      CHECK(upstream.Calls() == calls);
    }
    CHECK(log.Live() == 0);
    a.Alloc(1000, 1);
    CHECK(upstream.Calls() == calls);
    CHECK(a.Len() == 1000);
  }
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("nothing happens in a scope on an arena that stays empty", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  {
    const arena::ArenaScope outer(a);
    const arena::ArenaScope inner(a);
    CHECK(a.Len() == 0);
    a.ShrinkTo(0);
  }
  CHECK(a.Cap() == 0);
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("a scope may start after Release and after ShrinkTo", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .initial_buffer_count = 2, .upstream = &upstream});
  SECTION("Release") { a.Release(); }
  SECTION("ShrinkTo of all") { a.ShrinkTo(0); }
  SECTION("ShrinkTo of the current one, behind a full one") {
    a.Alloc(1000, 1);
    void* block = a.Alloc(10, 1);
    REQUIRE(a.TryResize(block, 10, 0));
    a.ShrinkTo(0);
    REQUIRE(a.Cap() == 1000);
  }
  const std::size_t len = a.Len();
  {
    const arena::ArenaScope scope(a);
    a.Alloc(100, 1);
    a.Alloc(1000, 1);
    a.Alloc(5000, 1);
  }
  CHECK(a.Len() == len);
  CHECK(FiguresAgree(a));
  a.Alloc(100, 1);
  CHECK(a.Len() == len + 100);
}
