// SPDX-License-Identifier: Apache-2.0
//
// Storage that a slice from outside takes inside a scope goes with the scope, its elements
// included: in a scope, after an inner one has ended, and through a decorator.
#include <arena/arena.hpp>
#include <optional>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("the elements that an outer slice copies into a scope die with the scope") {
  LifetimeLog log;
  arena::MonotonicArena a;
  arena::ConcurrentArena decorator(a);
  const auto outside = arena::SliceAppend(a, arena::Slice<Tracked>(), 1, 2);
  static_cast<void>(a.Alloc(1, 1));  // it cannot grow in place
  REQUIRE(log.Live() == 2);
  {
    const arena::ArenaScope scope(a);
    arena::Arena* through = &a;
    SECTION("at once") {}
    SECTION("after an inner scope has ended") { const arena::ArenaScope inner(a); }
    SECTION("through a decorator") { through = &decorator; }
    auto grown = outside;
    while (grown.data() == outside.data()) grown = arena::SliceAppend(*through, grown, 3);
    CHECK(log.Live() >= 2 + 3);
  }
  CHECK(log.Live() >= 2);
  CHECK(log.Live() <= outside.capacity());
  CHECK(outside[1].Id() == 2);
  a.Reset();
  CHECK(log.Live() == 0);
  CHECK(log.Check() == "");
}

TEST_CASE("a slice that grows through a decorator has its record in the arena behind it") {
  LifetimeLog log;
  arena::MonotonicArena a;
  arena::ConcurrentArena decorator(a);
  const auto slice = arena::SliceAppend(a, arena::Slice<Tracked>(), 1);
  static_cast<void>(a.Alloc(1, 1));
  const std::size_t records = a.Stats().records;
  auto grown = slice;
  while (grown.data() == slice.data()) grown = arena::SliceAppend(decorator, grown, 2);
  CHECK(a.Stats().records == records + 16);
  a.Reset();
  CHECK(log.Check() == "");
}
