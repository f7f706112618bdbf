// SPDX-License-Identifier: Apache-2.0
//
// What containers read off an Allocator: nothing propagates, equality is not a given, and a copy of
// a container stays in the arena.
#include <arena/arena.hpp>
#include <memory>

#include "support/catch.hpp"

using Traits = std::allocator_traits<arena::Allocator<int>>;

TEST_CASE("an Allocator propagates on no assignment and on no swap", "[allocator]") {
  STATIC_REQUIRE_FALSE(Traits::propagate_on_container_copy_assignment::value);
  STATIC_REQUIRE_FALSE(Traits::propagate_on_container_move_assignment::value);
  STATIC_REQUIRE_FALSE(Traits::propagate_on_container_swap::value);
  STATIC_REQUIRE_FALSE(Traits::is_always_equal::value);
}

TEST_CASE("the copy of a container gets an Allocator of the same arena", "[allocator]") {
  arena::MonotonicArena a;
  const arena::Allocator<int> allocator = a;
  CHECK(&Traits::select_on_container_copy_construction(allocator).arena() == &a);
}
