// SPDX-License-Identifier: Apache-2.0
//
// In a scope, as outside, a slice whose elements cannot be made takes back its memory and its record.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena_test::ConstructionError;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a slice whose element throws in a scope leaves no bytes and no record") {
  LifetimeLog log;
  arena::MonotonicArena a;
  arena::Allocate<Tracked>(a, 1);
  {
    const arena::ArenaScope scope(a);
    arena::Allocate<Tracked>(a, 2);
    const std::size_t len = a.Len();
    const std::size_t records = a.Stats().records;
    log.ThrowAt(2);
    CHECK_THROWS_AS(arena::AllocateSlice<Tracked>(a, 3), ConstructionError);
    log.ThrowNever();
    CHECK(a.Len() == len);
    CHECK(a.Stats().records == records);
  }
  CHECK(log.Live() == 1);
  a.Reset();
  CHECK(log.Check() == "");
}
