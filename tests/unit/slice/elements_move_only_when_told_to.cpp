// SPDX-License-Identifier: Apache-2.0
//
// SliceAppend(a, std::move(slice), ...) moves the elements to their new storage.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::ThrowingMove;
using arena_test::Tracked;

TEST_CASE("an rvalue slice moves its elements, an lvalue slice copies them") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2, 3, 4);
  const Tracked five(5);
  a.Alloc(1, 1);
  std::size_t copies = log.Copies();
  std::size_t moves = log.Moves();
  SECTION("one value") {
    SECTION("copying") {
      slice = SliceAppend(a, slice, five);
      copies += 5;
    }
    SECTION("moving") {
      slice = SliceAppend(a, std::move(slice), five);
      copies += 1;
      moves += 4;
    }
  }
  SECTION("a range") {
    const Tracked range[] = {5, 6};
    SECTION("copying") {
      slice = arena::SliceAppendRange(a, slice, range);
      copies += 6;
    }
    SECTION("moving") {
      slice = arena::SliceAppendRange(a, std::move(slice), range);
      copies += 2;
      moves += 4;
    }
  }
  CHECK(log.Copies() == copies);
  CHECK(log.Moves() == moves);
  for (int i = 0; i < 5; ++i) CHECK(slice[static_cast<std::size_t>(i)].Id() == i + 1);
  a.Reset();
  CHECK(log.Live() == 1);
  CHECK(log.Errors() == "");
}

TEST_CASE("an rvalue slice within its capacity is neither copied nor moved") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = arena::AllocateSlice<Tracked>(a, 2, 3);
  slice = SliceAppend(a, std::move(slice), Tracked(1));
  CHECK(log.Copies() == 0);
  CHECK(log.Moves() == 1);  // the value
}

TEST_CASE("elements whose move may throw are copied, as by std::vector") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<ThrowingMove>(), 1, 2);
  a.Alloc(1, 1);
  const std::size_t copies = log.Copies();
  const auto grown = SliceAppend(a, std::move(slice), 3);
  CHECK(log.Copies() == copies + 2);
  CHECK(grown[1].Id() == 2);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a value is moved in when it is an rvalue") {
  arena::MonotonicArena a;
  std::string text(100, 'x');
  auto slice = SliceAppend(a, Slice<std::string>(), text);
  CHECK(text.size() == 100);
  slice = SliceAppend(a, slice, std::move(text));
  CHECK(text.empty());
  CHECK(slice[1].size() == 100);
}
