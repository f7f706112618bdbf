// SPDX-License-Identifier: Apache-2.0
//
// A slice that ends at the arena's cursor grows without a copy and without waste.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::AllocateSlice;
using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("plain elements stay where they are while their slice is the last allocation",
          "[places]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 16});
  Slice<int> slice = SliceAppend(a, Slice<int>(), 0);
  const int* const data = slice.data();
  for (int i = 1; i < 10000; ++i) slice = SliceAppend(a, slice, i);
  CHECK(slice.data() == data);
  CHECK(a.Len() == slice.capacity() * sizeof(int));  // nothing was left behind
  for (int i = 0; i < 10000; ++i) REQUIRE(slice[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("elements with destructors stay where they are too", "[places]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Slice<Tracked> slice = SliceAppend(a, Slice<Tracked>(), 0);
  const Tracked* const data = slice.data();
  for (int id = 1; id < 1000; ++id) slice = SliceAppend(a, slice, id);
  CHECK(slice.data() == data);
  CHECK(log.Copies() + log.Moves() <= 2 * 1000);  // of the values, never of the elements
  CHECK(log.Live() == 1000);
  CHECK(a.Len() < slice.capacity() * sizeof(Tracked) + 100);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice that is not the last allocation moves to the double") {
  arena::MonotonicArena a;
  auto numbers = AllocateSlice<int>(a, 5);
  a.Alloc(1, 1);
  const auto grown = SliceAppend(a, numbers, 1);
  CHECK(grown.data() != numbers.data());
  CHECK(grown.capacity() == 10);
  auto words = AllocateSlice<std::string>(a, 5);
  a.Alloc(1, 1);
  const auto more = SliceAppend(a, words, "x");
  CHECK(more.data() != words.data());
  CHECK(more.capacity() == 10);
}

TEST_CASE("a growth to more than the double takes what is needed") {
  arena::MonotonicArena a;
  auto numbers = AllocateSlice<int>(a, 2);
  numbers = SliceAppend(a, numbers, 1, 2, 3, 4, 5, 6, 7);
  CHECK(numbers.capacity() == 9);
  a.Alloc(1, 1);
  numbers = arena::SliceAppendRange(a, numbers, std::string(100, 'x'));
  CHECK(numbers.size() == 109);
  CHECK(numbers.capacity() == 109);
}

TEST_CASE("the value before a growth in place keeps its length and moves when it grows itself",
          "[places]") {
  arena::MonotonicArena a;
  const auto older = SliceAppend(a, Slice<int>(), 1);
  const auto newer = SliceAppend(a, older, 2);
  CHECK(newer.data() == older.data());
  const auto other = SliceAppend(a, older, 3);
  CHECK(other.data() != older.data());
  CHECK(newer[1] == 2);
  CHECK(other[1] == 3);
}

TEST_CASE("growth in place does not cross the start of a scope", "[places]") {
  arena::MonotonicArena a;
  LifetimeLog log;
  auto numbers = AllocateSlice<int>(a, 4);
  {
    const arena::ArenaScope scope(a);
    const auto inner = SliceAppend(a, numbers, 1);
    CHECK(inner.data() != numbers.data());
  }
  const auto outer = SliceAppend(a, numbers, 1);
  CHECK(outer.data() == numbers.data());  // outside again it is the last allocation
}

TEST_CASE("growth in place takes the rest of the window before it moves on", "[places]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .max_buffer_size = 1000});
  auto slice = AllocateSlice<char>(a, 700);
  slice = SliceAppend(a, slice, 'x');
  CHECK(slice.capacity() >= 701);
  CHECK(a.Len() <= 1000);
  CHECK(a.Cap() == 1000);
}
