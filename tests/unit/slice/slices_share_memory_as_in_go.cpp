// SPDX-License-Identifier: Apache-2.0
//
// Slices of trivially copyable elements share and overwrite spare capacity exactly as Go's do.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using arena::AllocateSlice;
using arena::Slice;
using arena::SliceAppend;

namespace {

struct WideNumbers {  // more than two words: another way of copying
  long numbers[5];
};

bool Same(const Slice<int>& slice, std::vector<int> expected) {
  return std::equal(slice.begin(), slice.end(), expected.begin(), expected.end());
}

}  // namespace

TEST_CASE("an append within the capacity writes into the shared array") {
  arena::MonotonicArena a;
  auto base = AllocateSlice<int>(a, 2, 4);
  const auto one = SliceAppend(a, base, 10);
  const auto two = SliceAppend(a, base, 20);
  CHECK(one.data() == two.data());
  CHECK(one[2] == 20);  // overwritten: as in Go
  CHECK(two[2] == 20);
  CHECK(base.size() == 2);
}

TEST_CASE("appends of several values and of ranges overwrite alike") {
  arena::MonotonicArena a;
  auto base = AllocateSlice<int>(a, 1, 4);
  const auto one = SliceAppend(a, base, 1, 2, 3);
  const auto two = SliceAppend(a, base, 7, 8);
  CHECK(Same(one, {0, 7, 8, 3}));
  CHECK(Same(two, {0, 7, 8}));
  const auto three = arena::SliceAppendRange(a, base, std::vector<int>{4, 5, 6});
  CHECK(Same(one, {0, 4, 5, 6}));
  CHECK(Same(three, {0, 4, 5, 6}));
}

TEST_CASE("an append beyond the capacity leaves the old array alone") {
  arena::MonotonicArena a;
  auto full = SliceAppend(a, Slice<int>(), 1, 2).Clip();
  a.Alloc(1, 1);  // not the last allocation any more
  auto one = SliceAppend(a, full, 3);
  CHECK(one.data() != full.data());
  one[0] = 100;
  CHECK(Same(full, {1, 2}));
}

TEST_CASE("a subslice appends over its base") {
  arena::MonotonicArena a;
  auto base = SliceAppend(a, Slice<int>(), 1, 2, 3, 4);
  const auto middle = base.Subslice(1, 2);
  CHECK(middle.capacity() == base.capacity() - 1);
  const auto appended = SliceAppend(a, middle, 99);
  CHECK(Same(base, {1, 2, 99, 4}));
  CHECK(Same(appended, {2, 99}));
}

TEST_CASE("a clipped slice does not append over its base") {
  arena::MonotonicArena a;
  auto base = SliceAppend(a, Slice<int>(), 1, 2, 3, 4);
  const auto clipped = base.Subslice(0, 2).Clip();
  CHECK(clipped.capacity() == 2);
  const auto appended = SliceAppend(a, clipped, 99);
  CHECK(Same(base, {1, 2, 3, 4}));
  CHECK(Same(appended, {1, 2, 99}));
}

TEST_CASE("wide elements have the same semantics") {
  arena::MonotonicArena a;
  const WideNumbers one{{1, 1, 1, 1, 1}};
  const WideNumbers two{{2, 2, 2, 2, 2}};
  auto base = AllocateSlice<WideNumbers>(a, 1, 3);
  const auto first = SliceAppend(a, base, one);
  const auto second = SliceAppend(a, base, two);
  CHECK(first[1].numbers[4] == 2);
  // The very slot that is written to, reached through another value.
  const auto third = SliceAppend(a, base, second[1]);
  CHECK(third[1].numbers[0] == 2);
  const auto fourth = SliceAppend(a, third, third[1], one);  // grows
  CHECK(fourth[2].numbers[3] == 2);
  CHECK(fourth[3].numbers[3] == 1);
}
