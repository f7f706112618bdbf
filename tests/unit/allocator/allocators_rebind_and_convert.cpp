// SPDX-License-Identifier: Apache-2.0
//
// [allocator.requirements]: rebinding, conversion between element types, copies and moves.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using arena::Allocator;
using IntTraits = std::allocator_traits<Allocator<int>>;

TEST_CASE("an Allocator is rebound to any element type and back", "[allocator]") {
  STATIC_REQUIRE(std::is_same_v<IntTraits::rebind_alloc<char>, Allocator<char>>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::rebind_traits<char>::rebind_alloc<int>, Allocator<int>>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::value_type, int>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::pointer, int*>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::const_void_pointer, const void*>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::size_type, std::size_t>);
  STATIC_REQUIRE(std::is_same_v<IntTraits::difference_type, std::ptrdiff_t>);
}

TEST_CASE("an Allocator converted to another element type and back is equal to itself",
          "[allocator]") {
  arena::MonotonicArena a;
  const Allocator<int> ints = a;
  const Allocator<double> doubles(ints);
  CHECK(doubles == ints);
  CHECK(Allocator<int>(doubles) == ints);
  CHECK(&doubles.arena() == &a);
}

TEST_CASE("conversions, copies and moves of an Allocator do not throw", "[allocator]") {
  STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<Allocator<int>>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Allocator<int>>);
  STATIC_REQUIRE(std::is_nothrow_copy_assignable_v<Allocator<int>>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<Allocator<int>>);
  STATIC_REQUIRE(std::is_nothrow_constructible_v<Allocator<int>, const Allocator<char>&>);
  STATIC_REQUIRE(std::is_nothrow_constructible_v<Allocator<int>, arena::Arena&>);
  STATIC_REQUIRE(std::is_nothrow_swappable_v<Allocator<int>>);
}

TEST_CASE("an Allocator comes from an lvalue arena only", "[allocator]") {
  STATIC_REQUIRE(std::is_convertible_v<arena::MonotonicArena&, Allocator<int>>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Allocator<int>, arena::MonotonicArena>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Allocator<int>, const arena::MonotonicArena&>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<Allocator<int>>);
}

TEST_CASE("a moved-from Allocator is as before", "[allocator]") {
  arena::MonotonicArena a;
  Allocator<int> first = a;
  const Allocator<int> second = std::move(first);
  CHECK(first == second);
  CHECK(&first.arena() == &a);
}

TEST_CASE("assignment makes an Allocator one of the other arena", "[allocator]") {
  arena::MonotonicArena a, b;
  Allocator<int> allocator = a;
  const Allocator<int> other = b;
  allocator = other;
  CHECK(&allocator.arena() == &b);
}
