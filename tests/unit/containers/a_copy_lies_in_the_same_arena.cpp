// SPDX-License-Identifier: Apache-2.0
//
// A copy lies in the arena of its original, or in the one it is told.
#include <utility>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("a copy of a container lies in the same arena", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a;
  TestType original(a);
  arena_test::Fill(original);
  const std::size_t before = a.Len();
  TestType copy(original);
  CHECK(a.Len() > before);
  CHECK(arena_test::LiesIn(a, copy));
  arena_test::Add(original, 100);
  CHECK(arena_test::SortedKeys(copy) == arena_test::AllKeys());
  CHECK(arena_test::SortedKeys(original) != arena_test::AllKeys());
}

TEMPLATE_TEST_CASE("a copy of a container lies in another arena if it is told so", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a, b;
  TestType original(a);
  arena_test::Fill(original);
  const std::size_t before = a.Len();
  TestType copy(original, b);
  CHECK(a.Len() == before);
  CHECK(arena_test::LiesIn(b, copy));
  CHECK(arena_test::SortedKeys(copy) == arena_test::AllKeys());
}
