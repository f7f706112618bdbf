// SPDX-License-Identifier: Apache-2.0
//
// [allocator.requirements]: allocators are equal when they allocate from the same arena.
#include <arena/arena.hpp>

#include "support/catch.hpp"

using arena::Allocator;

TEST_CASE("Allocators are equal when their arena is the same object", "[allocator]") {
  arena::MonotonicArena a, b;
  const Allocator<int> first = a, second = a, other = b;
  CHECK(first == first);
  CHECK(first == second);
  CHECK(second == first);
  CHECK_FALSE(first != second);
  CHECK(first != other);
  CHECK_FALSE(other == first);
}

TEST_CASE("Allocators of different element types are compared, too", "[allocator]") {
  arena::MonotonicArena a, b;
  const Allocator<int> ints = a;
  CHECK(ints == Allocator<char>(a));
  CHECK(ints != Allocator<char>(b));
}

TEST_CASE("comparing Allocators does not throw", "[allocator]") {
  arena::MonotonicArena a;
  const Allocator<int> ints = a;
  const Allocator<char> chars = a;
  STATIC_REQUIRE(noexcept(ints == ints));
  STATIC_REQUIRE(noexcept(ints != chars));
}
