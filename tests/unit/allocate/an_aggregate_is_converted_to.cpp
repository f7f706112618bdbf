// SPDX-License-Identifier: Apache-2.0
//
// A single argument that is no first member of an aggregate, but converts to it, is converted.
#include <any>
#include <arena/arena.hpp>
#include <functional>
#include <type_traits>

#include "support/catch.hpp"

namespace {

struct Point {
  int x, y;
};
struct Converts {
  operator Point() const { return {3, 4}; }  // NOLINT(google-explicit-constructor)
};
struct ConvertsIfTold {
  explicit operator Point() const { return {5, 6}; }
};
struct Box {
  std::any content;
};

template <class T, class... Args>
concept Allocatable = arena::detail::IsConstructible<T, Args...>();

}  // namespace

TEST_CASE("an aggregate from what converts to it") {
  arena::MonotonicArena a;
  Point point{1, 2};
  CHECK(arena::Allocate<Point>(a, std::ref(point))->y == 2);
  CHECK(arena::Allocate<Point>(a, Converts())->y == 4);
  CHECK(arena::Allocate<Point>(a, ConvertsIfTold())->y == 6);
  arena::Slice<Point> points;
  points = arena::SliceAppend(a, points, std::ref(point));
  CHECK(points[0].y == 2);
}

TEST_CASE("the first member comes first, and nothing narrows") {
  arena::MonotonicArena a;
  Box box;
  CHECK(arena::Allocate<Box>(a, std::ref(box))->content.has_value());
  STATIC_REQUIRE(Allocatable<Point, int>);
  STATIC_REQUIRE(!Allocatable<Point, double>);
  STATIC_REQUIRE(!Allocatable<Point, int, long>);
  STATIC_REQUIRE(!Allocatable<Point, int, int, int>);
}
