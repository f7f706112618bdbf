// SPDX-License-Identifier: Apache-2.0
//
// A single argument that is no first member of an aggregate, but converts to it, is converted.
#include <any>
#include <arena/arena.hpp>
#include <functional>
#include <type_traits>

#include "support/catch.hpp"

namespace {

struct TwoNumbers {
  int x, y;
};
struct ConvertsToTwo {
  operator TwoNumbers() const { return {3, 4}; }  // NOLINT(google-explicit-constructor)
};
struct ConvertsToTwoIfTold {
  explicit operator TwoNumbers() const { return {5, 6}; }
};
struct AnyBox {
  std::any content;
};

template <class T, class... Args>
concept AllocatableFrom = arena::detail::IsConstructible<T, Args...>();

}  // namespace

TEST_CASE("an aggregate from what converts to it") {
  arena::MonotonicArena a;
  TwoNumbers point{1, 2};
  CHECK(arena::Allocate<TwoNumbers>(a, std::ref(point))->y == 2);
  CHECK(arena::Allocate<TwoNumbers>(a, ConvertsToTwo())->y == 4);
  CHECK(arena::Allocate<TwoNumbers>(a, ConvertsToTwoIfTold())->y == 6);
  arena::Slice<TwoNumbers> points;
  points = arena::SliceAppend(a, points, std::ref(point));
  CHECK(points[0].y == 2);
}

TEST_CASE("the first member comes first, and nothing narrows") {
  arena::MonotonicArena a;
  AnyBox box;
  CHECK(arena::Allocate<AnyBox>(a, std::ref(box))->content.has_value());
  STATIC_REQUIRE(AllocatableFrom<TwoNumbers, int>);
  STATIC_REQUIRE(!AllocatableFrom<TwoNumbers, double>);
  STATIC_REQUIRE(!AllocatableFrom<TwoNumbers, int, long long>);
  STATIC_REQUIRE(!AllocatableFrom<TwoNumbers, int, int, int>);
}
