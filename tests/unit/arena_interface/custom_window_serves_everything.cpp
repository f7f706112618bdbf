// SPDX-License-Identifier: Apache-2.0
//
// An arena of one's own over one fixed window: everything works on it until it is full.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::Tracked;
using arena_test::WindowArena;

TEST_CASE("typed allocation, slices and containers work on a custom window") {
  LifetimeLog log;
  WindowArena<4096> a;
  const Tracked* const object = arena::Allocate<Tracked>(a, 1);
  CHECK((ARENA_HEAP || a.Owns(object)));
  arena::Slice<Tracked> slice;
  for (int id = 2; id <= 10; ++id) slice = arena::SliceAppend(a, slice, id);
  CHECK((ARENA_HEAP || a.Owns(slice.data())));
  CHECK(slice.back().Id() == 10);
  const arena::String* const text = arena::Allocate<arena::String>(a, 100u, 'x');
  CHECK((ARENA_HEAP || a.Owns(text->data())));
  const auto* const numbers = arena::Allocate<std::pmr::vector<int>>(a, 10u);
  CHECK((ARENA_HEAP || a.Owns(numbers->data())));
  a.Reset();
  CHECK(a.Len() == 0);
  CHECK(a.Peak() > 0);
  CHECK(log.Check() == "");
}

TEST_CASE("a custom window grows its last slice in place", "[places]") {
  WindowArena<4096> a;
  auto slice = arena::AllocateSlice<int>(a, 0, 1);
  const int* const data = slice.data();
  for (int i = 0; i < 64; ++i) slice = arena::SliceAppend(a, slice, i);
  CHECK(slice.data() == data);
  CHECK(a.Len() == 64 * sizeof(int));
}

TEST_CASE("records lie at the end of the window and not in Len", "[places]") {
  LifetimeLog log;
  WindowArena<1024> a;
  int count = 0;
  while (arena::TryAllocate<Tracked>(a, count) != nullptr) ++count;
  CHECK(a.Len() == static_cast<std::size_t>(count) * sizeof(Tracked));
  // A link, the record of the first, and the run of the others, which is two records long.
  CHECK(count == (1024 - 4 * 16) / 4);
  CHECK(log.Live() == static_cast<std::size_t>(count));
  CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), std::bad_alloc);
  CHECK_THROWS_AS(arena::Defer(a, [] {}), std::bad_alloc);
  CHECK_THROWS_AS(arena::Own(a, std::make_unique<Tracked>(1)), std::bad_alloc);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(a.Len() == 0);
}

TEST_CASE("the whole window is there again after Reset") {
  LifetimeLog log;
  WindowArena<1024> a;
  for (int round = 0; round < 3; ++round) {
    for (int id = 0; id < 20; ++id) arena::Allocate<Tracked>(a, id);
    a.Reset();
    const void* const block = a.TryAlloc(1024, 1);
    CHECK(block != nullptr);
    CHECK(a.TryAlloc(1, 1) == nullptr);
    a.Release();
  }
  CHECK(log.Check() == "");
}

TEST_CASE("a throwing constructor leaves Len of a custom window as it was") {
  LifetimeLog log;
  WindowArena<1024> a;
  a.Alloc(1, 1);
  log.ThrowAt(1);
  CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), arena_test::ConstructionError);
  CHECK(a.Len() == 1);
}
