// SPDX-License-Identifier: Apache-2.0
//
// An outer slice that grows inside a scope grows into memory of the scope; outside it is intact.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("beyond its capacity an outer slice is copied into the scope") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto outer = SliceAppend(a, Slice<Tracked>(), 1, 2);
  const std::size_t len = a.Len();
  for (int round = 0; round < 3; ++round) {
    const arena::ArenaScope scope(a);
    auto inner = outer;
    for (int id = 0; id < 50; ++id) inner = SliceAppend(a, inner, id);
    CHECK(inner[0].Id() == 1);
    CHECK(inner[51].Id() == 49);
  }
  CHECK(a.Len() == len);
  CHECK(log.Live() == 2);
  CHECK(outer[1].Id() == 2);
  outer = SliceAppend(a, outer, 3);
  CHECK(outer[2].Id() == 3);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("within its capacity an outer slice keeps what was appended inside") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto outer = arena::AllocateSlice<Tracked>(a, 1, 4);
  {
    const arena::ArenaScope scope(a);
    outer = SliceAppend(a, outer, 5, 6);
    CHECK(a.Stats().records > 0);
  }
  CHECK(outer.size() == 3);
  CHECK(outer[2].Id() == 6);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice made in a scope dies at its end, growths of inner scopes before") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto outermost = SliceAppend(a, Slice<Tracked>(), 1);
  {
    const arena::ArenaScope outer(a);
    auto middle = SliceAppend(a, outermost, 2).Clip();
    {
      const arena::ArenaScope inner(a);
      auto innermost = SliceAppend(a, middle, 3).Clip();
      innermost = SliceAppend(a, outermost, 4);
      innermost = SliceAppend(a, std::move(innermost), 5);
      CHECK(log.Live() > 3);
    }
    CHECK(log.Live() == 3);
    CHECK(middle[1].Id() == 2);
    middle = SliceAppend(a, middle, 6);
    CHECK(middle[2].Id() == 6);
  }
  CHECK(log.Live() == 1);
  CHECK(outermost[0].Id() == 1);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice that is moved inside a scope leaves the outer elements alive") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto outer = SliceAppend(a, Slice<Tracked>(), 1, 2);
  {
    const arena::ArenaScope scope(a);
    const auto inner = SliceAppend(a, std::move(outer), 3);
    CHECK(inner[1].Id() == 2);
  }
  CHECK(log.Live() == 2);
  CHECK(outer[0].Id() == arena_test::kMovedFrom);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("plain slices are copied into the scope too") {
  arena::MonotonicArena a;
  const auto outer = SliceAppend(a, Slice<int>(), 1, 2);
  {
    const arena::ArenaScope scope(a);
    auto inner = SliceAppend(a, outer, 3);
    inner[0] = 100;
  }
  CHECK(outer[0] == 1);
}

TEST_CASE("scopes of one depth are not mistaken for each other") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Slice<Tracked> outer = SliceAppend(a, Slice<Tracked>(), 1);
  for (int round = 0; round < 10; ++round) {
    const arena::ArenaScope scope(a);
    auto one = SliceAppend(a, outer, 10 + round).Clip();
    a.Alloc(1, 1);
    one = SliceAppend(a, one, 20 + round);
    CHECK(one[2].Id() == 20 + round);
  }
  CHECK(log.Live() == 1);
  a.Reset();
  CHECK(log.Check() == "");
}
