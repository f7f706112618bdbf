// SPDX-License-Identifier: Apache-2.0
//
// However many values share the storage of a slice, there is one record for it.
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

TEST_CASE("values that share a storage share its record, and each growth has its own", "[places]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto first = arena::AllocateSlice<Tracked>(a, 0, 4);
  const std::size_t records = a.Stats().records;
  for (int id = 0; id < 4; ++id) first = SliceAppend(a, first, id);
  const auto part = SliceAppend(a, first.Subslice(0, 2), 9);
  CHECK(part.data() == first.data());
  first = SliceAppend(a, first, 4);  // in place
  CHECK(part.data() == first.data());
  CHECK(a.Stats().records == records);
  static_cast<void>(a.Alloc(1, 1));
  auto grown = first;
  while (grown.data() == first.data()) grown = SliceAppend(a, grown, 5);
  CHECK(a.Stats().records == records + 16);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a subslice that does not start at the front grows into a storage of its own") {
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
