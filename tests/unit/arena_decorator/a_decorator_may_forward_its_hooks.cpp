// SPDX-License-Identifier: Apache-2.0
//
// A decorator that passes every hook on: the base owns the memory and the cleanups.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "support/catch.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena_test::LifetimeLog;
using arena_test::LoggingArena;
using arena_test::Tracked;

TEST_CASE("a decorator sees every call") {
  LifetimeLog log;
  arena::MonotonicArena base;
  LoggingArena a(base);
  a.Alloc(100, 1);
  arena::Allocate<Tracked>(a, 1);
  arena::Own(a, std::make_unique<Tracked>(2));
  auto slice = arena::AllocateSlice<int>(a, 4);
  slice = arena::SliceAppend(a, slice, 5);
  CHECK(a.GetLog().allocations == (arena_test::kPlaces ? 3 : 4));  // in place, or not
  CHECK(a.GetLog().bytes == 100 + sizeof(Tracked) + 16 + (arena_test::kPlaces ? 0 : 32));
  CHECK(a.GetLog().resizes > 0);
  CHECK(a.GetLog().cleanups_added == 2);
  CHECK(a.Len() == base.Len());
  CHECK(a.Cap() == base.Cap());
  a.Reset();
  CHECK(a.GetLog().cleanups_taken == 2);
  CHECK(a.GetLog().resets == 1);
  a.Release();
  CHECK(a.GetLog().releases == 1);
  CHECK(a.Peak() == base.Peak());
  CHECK(base.Cap() == 0);
  CHECK(log.Check() == "");
}

TEST_CASE("cleanups outlive the decorator in its base") {
  LifetimeLog log;
  arena::MonotonicArena base;
  {
    LoggingArena a(base);
    arena::Allocate<Tracked>(a, 1);
    auto slice = arena::AllocateSlice<Tracked>(a, 2);
    slice = arena::SliceAppend(a, slice, 3);
  }
  CHECK(log.Live() > 0);
  CHECK(base.Stats().records > 0);
  base.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("objects of the decorator and of the base die in one order") {
  LifetimeLog log;
  arena::MonotonicArena base;
  LoggingArena a(base);
  for (int id = 0; id < 6; ++id) {
    arena::Arena& either = id % 2 == 0 ? static_cast<arena::Arena&>(base) : a;
    arena::Allocate<Tracked>(either, id);
  }
  SECTION("reset by the base") { base.Reset(); }
  SECTION("reset by the decorator") { a.Reset(); }
  CHECK(log.Deaths() == std::vector<int>{5, 4, 3, 2, 1, 0});
  CHECK(log.Check() == "");
  CHECK(base.Len() == 0);
}

TEST_CASE("decorators stack") {
  LifetimeLog log;
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  LoggingArena a(shared);
  arena::Allocate<Tracked>(a, 1);
  arena::Slice<Tracked> slice;
  for (int id = 0; id < 20; ++id) slice = arena::SliceAppend(a, slice, id);
  CHECK(slice[19].Id() == 19);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(base.Len() == 0);
}

TEST_CASE("cleanups of a decorator belong to the scope of its base") {
  LifetimeLog log;
  arena::MonotonicArena base;
  LoggingArena a(base);
  auto outer = arena::AllocateSlice<Tracked>(a, 1);
  {
    const arena::ArenaScope scope(base);
    arena::Allocate<Tracked>(a, 1);
    auto inner = outer;
    for (int id = 0; id < 20; ++id) inner = arena::SliceAppend(a, inner, id);
    CHECK(inner.size() == 21);
  }
  CHECK(log.Live() == 1);
  CHECK(outer[0].Id() == 0);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a constructor that throws behind a decorator leaves no record") {
  LifetimeLog log;
  arena::MonotonicArena base;
  LoggingArena a(base);
  log.ThrowAt(1);
  CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), arena_test::ConstructionError);
  CHECK(a.GetLog().cleanups_added == 0);
  CHECK(base.Len() == 0);
  log.ThrowAt(2);
  CHECK_THROWS_AS(arena::AllocateSlice<Tracked>(a, 3), arena_test::ConstructionError);
  CHECK(base.Stats().records <= 16);  // a link at most
  CHECK(base.Len() == 0);
  CHECK(log.Check() == "");
}

TEST_CASE("Reset through a decorator retains the memory of the base") {
  arena::MonotonicArena base;
  LoggingArena a(base);
  a.Alloc(100000);
  const std::size_t cap = base.Cap();
  a.Reset();
  CHECK(base.Len() == 0);
  CHECK(base.Cap() == cap);
  CHECK(a.Peak() >= 100000);
  a.Release();
  CHECK(base.Cap() == 0);
}

TEST_CASE("a decorator drops the newest cleanup of the base when it is asked for that one") {
  LifetimeLog log;
  arena::MonotonicArena base;
  LoggingArena a(base);
  arena::Allocate<Tracked>(a, 1);
  Tracked* const newest = arena::Allocate<Tracked>(a, 2);
  const std::size_t records = base.Stats().records;
  int other = 0;
  CHECK_FALSE(a.DropCleanup(&other));
  CHECK_FALSE(a.DropCleanup(nullptr));
  CHECK(base.Stats().records == records);
  CHECK(a.DropCleanup(newest));
  CHECK_FALSE(a.DropCleanup(newest));
  CHECK(base.Stats().records < records);
  newest->~Tracked();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{2, 1});
  CHECK(log.Check() == "");
}
