// SPDX-License-Identifier: Apache-2.0
//
// A slice of one arena that is appended to through another one, or through a decorator.
#include <arena/arena.hpp>
#include <cstddef>
#include <optional>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("beyond its capacity a slice grows into the arena that it is appended through") {
  LifetimeLog log;
  arena::MonotonicArena one;
  arena::MonotonicArena two;
  auto slice = SliceAppend(one, Slice<Tracked>(), 1, 2);
  const auto grown = SliceAppend(two, slice, 3);
  CHECK(two.Owns(grown.data()));
  CHECK(grown[0].Id() == 1);
  SECTION("the first goes first") {
    one.Reset();
    CHECK(grown[2].Id() == 3);
    two.Reset();
  }
  SECTION("the second goes first") {
    two.Reset();
    CHECK(slice[1].Id() == 2);
    const auto again = SliceAppend(one, slice, 4);
    CHECK(again[2].Id() == 4);
    one.Reset();
  }
  CHECK(log.Check() == "");
}

TEST_CASE("within its capacity it stays where it is, and dies with its own arena") {
  LifetimeLog log;
  arena::MonotonicArena one;
  arena::MonotonicArena two;
  const auto slice = arena::AllocateSlice<Tracked>(one, 1, 4);
  const auto more = SliceAppend(two, slice, 5, 6);
  CHECK(more.data() == slice.data());
  CHECK(two.Len() == 0);
  two.Release();
  CHECK(more[2].Id() == 6);
  one.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("plain slices grow into the other arena as well") {
  arena::MonotonicArena one;
  arena::MonotonicArena two;
  const auto slice = SliceAppend(one, Slice<int>(), 1, 2);
  const auto grown = SliceAppend(two, slice, 3);
  CHECK(two.Owns(grown.data()));
  one.Release();
  CHECK(grown[0] == 1);
}

TEST_CASE("a child arena does not take its parent's slice for its own last allocation") {
  LifetimeLog log;
  arena::MonotonicArena parent;
  auto slice = SliceAppend(parent, Slice<Tracked>(), 1);
  auto numbers = SliceAppend(parent, Slice<int>(), 1);
  {
    arena::MonotonicArena child({.min_buffer_size = 256, .upstream = &parent});
    const auto inner = SliceAppend(child, slice, 2);
    CHECK(child.Owns(inner.data()));
    const auto plain = SliceAppend(child, numbers, 2);
    CHECK(child.Owns(plain.data()));
  }
  CHECK(slice[0].Id() == 1);
  parent.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice goes back and forth between a base and its decorator") {
  LifetimeLog log;
  arena::MonotonicArena base;
  std::optional<arena::ConcurrentArena> shared(base);
  std::optional<arena_test::LoggingArena> logging(base);
  Slice<Tracked> slice;
  Slice<int> numbers;
  for (int id = 0; id < 90; ++id) {
    arena::Arena* const arenas[] = {&base, &*shared, &*logging};
    slice = SliceAppend(*arenas[id % 3], slice, id);
    numbers = SliceAppend(*arenas[id % 3], numbers, id);
    if (id % 7 == 0) base.Alloc(1, 1);
  }
  for (int id = 0; id < 90; ++id) {
    CHECK(slice[static_cast<std::size_t>(id)].Id() == id);
    CHECK(numbers[static_cast<std::size_t>(id)] == id);
  }
  shared.reset();
  logging.reset();
  CHECK(slice[89].Id() == 89);
  base.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice of a decorator with cleanups of its own grows through the base") {
  LifetimeLog log;
  arena::MonotonicArena base;
  arena_test::PlainDecorator a(base);
  auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2);
  const auto grown = SliceAppend(base, slice, 3);
  CHECK(grown[2].Id() == 3);
  const auto again = SliceAppend(a, grown, 4);
  CHECK(again[3].Id() == 4);
  a.Reset();
  CHECK(log.Check() == "");
}
