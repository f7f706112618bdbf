// SPDX-License-Identifier: Apache-2.0
//
// An arena of one's own that has no window at all: every request reaches DoAlloc.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;
using arena_test::WindowlessArena;

TEST_CASE("typed allocation, slices and containers work without a window") {
  CheckingResource upstream;
  LifetimeLog log;
  WindowlessArena a(upstream);
  const Tracked* const object = arena::Allocate<Tracked>(a, 1);
  CHECK(upstream.Holds(object, sizeof(Tracked)));
  arena::Slice<Tracked> slice;
  for (int id = 2; id <= 30; ++id) slice = arena::SliceAppend(a, slice, id);
  CHECK(slice.front().Id() == 2);
  CHECK(slice.back().Id() == 30);
  const arena::String* const text = arena::Allocate<arena::String>(a, 100u, 'x');
  CHECK(upstream.Holds(text->data(), 100));
  arena::Allocate<std::pmr::vector<int>>(a, 10u);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
  CHECK(a.Len() == 0);
}

TEST_CASE("any number of cleanups run in order without a window") {
  const int count = GENERATE(1, 15, 16, 17, 32, 33, 100);
  CAPTURE(count);
  CheckingResource upstream;
  LifetimeLog log;
  WindowlessArena a(upstream);
  std::vector<int> expected;
  for (int id = 0; id < count; ++id) {
    arena::Allocate<Tracked>(a, id);
    expected.insert(expected.begin(), id);
  }
  // One block an object, and one for sixteen records.
  const auto objects = static_cast<std::size_t>(count);
  CHECK(a.Blocks() == objects + (objects + 15) / 16);
  a.Reset();
  CHECK(log.Deaths() == expected);
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("cleanups that register more work without a window") {
  CheckingResource upstream;
  int runs = 0;
  {
    WindowlessArena a(upstream);
    for (int i = 0; i < 17; ++i) {
      arena::Defer(a, [&a, &runs] {
        ++runs;
        arena::Defer(a, [&a, &runs] {
          ++runs;
          arena::Defer(a, [&runs] { ++runs; });
        });
      });
    }
  }
  CHECK(runs == 3 * 17);
  CHECK(upstream.Check() == "");
}

TEST_CASE("without room for many records one is enough") {
  LifetimeLog log;
  CheckingResource upstream({.refuse_above = 100});  // below a block of sixteen records
  WindowlessArena a(upstream);
  for (int id = 0; id < 5; ++id) arena::Allocate<Tracked>(a, id);
  CHECK(log.Live() == 5);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{4, 3, 2, 1, 0});
  CHECK(upstream.Check() == "");
}

TEST_CASE("a failing upstream is reported without a window") {
  LifetimeLog log;
  CheckingResource upstream;
  WindowlessArena a(upstream);
  SECTION("for the object") {
    upstream.FailFrom(1);
    CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), std::bad_alloc);
    CHECK(log.Constructions() == 0);
  }
  SECTION("for the record") {
    upstream.FailFrom(2);
    CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), std::bad_alloc);
    CHECK(log.Constructions() == 1);
  }
  CHECK(log.Check() == "");
  upstream.FailNever();
  CHECK(arena::Allocate<Tracked>(a, 1)->Id() == 1);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}
