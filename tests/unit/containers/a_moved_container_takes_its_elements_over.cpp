// SPDX-License-Identifier: Apache-2.0
//
// Moving into a new container takes the elements over where they are, unless the new one is told to
// lie in another arena.
#include <cstddef>
#include <memory>
#include <utility>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("move construction takes the elements over where they are", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a;
  TestType original(a);
  arena_test::Fill(original);
  const void* const first = std::addressof(*original.begin());
  TestType moved(std::move(original));
  CHECK(std::addressof(*moved.begin()) == first);
  CHECK(&moved.get_allocator().arena() == &a);
  CHECK(arena_test::SortedKeys(moved) == arena_test::AllKeys());
}

TEMPLATE_TEST_CASE("move construction with the same arena takes the elements over", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a;
  TestType original(a);
  arena_test::Fill(original);
  const void* const first = std::addressof(*original.begin());
  TestType moved(std::move(original), a);
  CHECK(std::addressof(*moved.begin()) == first);
}

TEMPLATE_TEST_CASE("move construction into another arena leaves nothing behind in the old one",
                   "[containers]", ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a, b;
  TestType original(a);
  arena_test::Fill(original);
  TestType moved(std::move(original), b);
  CHECK(arena_test::LiesIn(b, moved));
  CHECK(arena_test::SortedKeys(moved) == arena_test::AllKeys());
}
