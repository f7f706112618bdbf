// SPDX-License-Identifier: Apache-2.0
//
// Subslice and Clip: bounds, capacities, and what an append to their results does.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

template <class T>
std::vector<int> Ids(const Slice<T>& slice) {
  std::vector<int> ids;
  for (const T& element : slice) {
    if constexpr (std::is_same_v<T, int>) {
      ids.push_back(element);
    } else {
      ids.push_back(element.Id());
    }
  }
  return ids;
}

using Numbers = std::vector<int>;

}  // namespace

TEMPLATE_TEST_CASE("a subslice is a part between two indices", "", int, Tracked) {
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<TestType>(), 1, 2, 3, 4);
  CHECK(Ids(slice.Subslice(1, 3)) == Numbers{2, 3});
  CHECK(Ids(slice.Subslice(0, 4)) == Numbers{1, 2, 3, 4});
  CHECK(slice.Subslice(2, 2).empty());
  CHECK(slice.Subslice(4, 4).empty());
  CHECK(Ids(slice.Subslice(1, 4).Subslice(1, 2)) == Numbers{3});
  CHECK_THROWS_AS(slice.Subslice(0, 5), std::out_of_range);
  CHECK_THROWS_AS(slice.Subslice(3, 2), std::out_of_range);
  CHECK_THROWS_AS(slice.Subslice(5, 5), std::out_of_range);
  CHECK_THROWS_AS(slice.Subslice(0, SIZE_MAX), std::out_of_range);
  CHECK(Slice<TestType>().Subslice(0, 0).empty());
  CHECK_THROWS_AS(Slice<TestType>().Subslice(0, 1), std::out_of_range);
  CHECK(Slice<TestType>().Clip().empty());
}

TEST_CASE("a subslice of plain elements has the capacity behind it") {
  arena::MonotonicArena a;
  const auto slice = arena::AllocateSlice<int>(a, 4, 10);
  CHECK(slice.Subslice(0, 2).capacity() == 10);
  CHECK(slice.Subslice(3, 3).capacity() == 7);
  CHECK(slice.Subslice(3, 4).Clip().capacity() == 1);
}

TEST_CASE("a subslice from the front of other elements has the capacity behind it too") {
  arena::MonotonicArena a;
  const auto slice = arena::AllocateSlice<std::string>(a, 4, 10);
  CHECK(slice.Subslice(0, 2).capacity() == 10);
  CHECK(slice.Subslice(1, 3).capacity() == 2);
  CHECK(slice.Clip().capacity() == 4);
}

TEST_CASE("an append to a subslice from the middle leaves the rest alone") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2, 3, 4);
  CHECK(Ids(SliceAppend(a, slice.Subslice(1, 3), 9)) == Numbers{2, 3, 9});
  const auto middle = slice.Subslice(1, 3);
  CHECK(Ids(SliceAppend(a, middle, 9)) == Numbers{2, 3, 9});
  CHECK(Ids(slice) == Numbers{1, 2, 3, 4});
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an append to the front of a subslice from the middle leaves the rest alone") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2, 3, 4);
  const auto part = slice.Subslice(1, 4).Subslice(0, 1);
  SECTION("one") { CHECK(Ids(SliceAppend(a, part, 9)) == Numbers{2, 9}); }
  SECTION("two") { CHECK(Ids(SliceAppend(a, part, 8, 9)) == Numbers{2, 8, 9}); }
  SECTION("a range") {
    CHECK(Ids(arena::SliceAppendRange(a, part, Numbers{8, 9})) == Numbers{2, 8, 9});
  }
  SECTION("a range, clipped") {
    CHECK(Ids(arena::SliceAppendRange(a, part.Clip(), Numbers{8, 9})) == Numbers{2, 8, 9});
  }
  SECTION("of nothing") {
    CHECK(Ids(SliceAppend(a, slice.Subslice(2, 4).Subslice(0, 0), 9)) == Numbers{9});
  }
  CHECK(Ids(slice) == Numbers{1, 2, 3, 4});
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an append to a clipped slice leaves what others share alone") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2, 3, 4);
  const auto clipped = slice.Subslice(0, 2).Clip();
  CHECK(Ids(SliceAppend(a, clipped, 9)) == Numbers{1, 2, 9});
  CHECK(Ids(slice) == Numbers{1, 2, 3, 4});
  const auto whole = slice.Clip();
  CHECK(whole.capacity() == 4);
  CHECK(Ids(SliceAppend(a, whole, 5)) == Numbers{1, 2, 3, 4, 5});
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an empty front of a slice can be appended to") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2);
  const auto other = SliceAppend(a, slice.Subslice(0, 0), 8);
  CHECK(Ids(slice) == Numbers{8, 2});  // assigned, as in Go
  CHECK(Ids(SliceAppend(a, slice.Subslice(0, 0).Clip(), 7)) == Numbers{7});
  CHECK(Ids(other) == Numbers{8});
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an element that reads like a header does not make a part a beginning") {
  // The element before the part holds what the header of such a storage would.
  struct Word {
    std::size_t value;
    ~Word() {}
  };
  arena::MonotonicArena a;
  const auto slice = SliceAppend(a, Slice<Word>(), Word{2}, Word{20}, Word{30});
  REQUIRE(slice.capacity() == 3);
  const auto part = slice.Subslice(1, 3);
  const auto longer = SliceAppend(a, part, Word{40});
  CHECK(longer.data() != part.data());
  CHECK(longer[1].value == 30);
  CHECK(longer[2].value == 40);
  CHECK(slice[0].value == 2);
}
