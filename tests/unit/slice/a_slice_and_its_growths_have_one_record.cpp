// SPDX-License-Identifier: Apache-2.0
//
// However often a slice grows, and however many values share its storage, there is one record.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a slice and all that grew out of it have one record") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto root = arena::AllocateSlice<Tracked>(a, 1);
  const std::size_t records = a.Stats().records;
  std::vector<Slice<Tracked>> values = {root};
  for (int id = 0; id < 200; ++id) {
    const auto& any = values[static_cast<std::size_t>(id * 7) % values.size()];
    values.push_back(SliceAppend(a, any, id));
    a.Alloc(1, 1);  // nothing grows in place
  }
  CHECK(a.Stats().records == records);
  arena::AllocateSlice<Tracked>(a, 1);
  CHECK(a.Stats().records == records + 16);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a subslice that does not start at the front starts a lineage of its own") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2, 3);
  const std::size_t records = a.Stats().records;
  const auto tail = SliceAppend(a, slice.Subslice(1, 3), 4);
  CHECK(tail[0].Id() == 2);
  CHECK(tail[2].Id() == 4);
  CHECK(a.Stats().records == records + 16);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an empty slice with capacity has its record from the start") {
  LifetimeLog log;
  arena::MonotonicArena a;
  arena::Allocate<Tracked>(a, 1);
  const std::size_t records = a.Stats().records;
  auto slice = arena::AllocateSlice<Tracked>(a, 0, 10);
  CHECK(a.Stats().records == records + 16);
  slice = SliceAppend(a, slice, 2);
  arena::Allocate<Tracked>(a, 3);
  slice = SliceAppend(a, slice, 4);
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{3, 4, 2, 1});  // at the place of the record
  CHECK(log.Check() == "");
}
