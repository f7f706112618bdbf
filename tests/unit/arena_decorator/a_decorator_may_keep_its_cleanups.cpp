// SPDX-License-Identifier: Apache-2.0
//
// A decorator that implements no more than it must has cleanups of its own and resets its base.
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::PlainDecorator;
using arena_test::Tracked;

TEST_CASE("everything works through a decorator without hooks") {
  LifetimeLog log;
  arena::MonotonicArena base;
  PlainDecorator a(base);
  for (int id = 0; id < 40; ++id) arena::Allocate<Tracked>(a, id);
  arena::Slice<Tracked> slice;
  for (int id = 0; id < 40; ++id) slice = arena::SliceAppend(a, slice, id);
  CHECK(slice[39].Id() == 39);
  arena::Slice<int> numbers;
  for (int i = 0; i < 40; ++i) numbers = arena::SliceAppend(a, numbers, i);
  CHECK(numbers[39] == 39);
  int calls = 0;
  arena::Defer(a, [&calls] { ++calls; });
  CHECK(base.Stats().records == 0);  // they are the decorator's, in memory of the base
  a.Reset();
  CHECK(calls == 1);
  CHECK(log.Check() == "");
  CHECK(base.Len() == 0);
}

TEST_CASE("its cleanups run before those of the base") {
  LifetimeLog log;
  arena::MonotonicArena base;
  PlainDecorator a(base);
  for (int id = 0; id < 6; ++id) {
    arena::Arena& either = id % 2 == 0 ? static_cast<arena::Arena&>(base) : a;
    arena::Allocate<Tracked>(either, id);
  }
  SECTION("at Reset") { a.Reset(); }
  SECTION("at Release") {
    a.Release();
    CHECK(base.Cap() == 0);
  }
  CHECK(log.Deaths() == std::vector<int>{5, 3, 1, 4, 2, 0});
  CHECK(log.Check() == "");
}

TEST_CASE("nothing is resized in place without the hook", "[places]") {
  arena::MonotonicArena base;
  PlainDecorator a(base);
  void* const block = a.Alloc(10, 1);
  CHECK_FALSE(a.TryResize(block, 10, 20));
  CHECK_FALSE(a.TryResize(block, 10, 0));
  CHECK(base.TryResize(block, 10, 20));
}
