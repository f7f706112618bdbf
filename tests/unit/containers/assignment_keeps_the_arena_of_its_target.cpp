// SPDX-License-Identifier: Apache-2.0
//
// Assignment never changes the arena of a container.
#include <cstddef>
#include <memory>
#include <utility>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("copy assignment keeps the arena of its target", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a, b;
  TestType source(a);
  TestType target(b);
  arena_test::Fill(source);
  arena_test::Add(target, 99);
  target = source;
  CHECK(arena_test::LiesIn(b, target));
  CHECK(arena_test::LiesIn(a, source));
  CHECK(arena_test::SortedKeys(target) == arena_test::AllKeys());
}

TEMPLATE_TEST_CASE("move assignment within an arena takes the elements over where they are",
                   "[containers]", ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a;
  TestType source(a);
  TestType target(a);
  arena_test::Fill(source);
  arena_test::Add(target, 99);
  const void* const first = std::addressof(*source.begin());
  const std::size_t before = a.Len();
  target = std::move(source);
  CHECK(std::addressof(*target.begin()) == first);
  CHECK(a.Len() == before);
  CHECK(arena_test::SortedKeys(target) == arena_test::AllKeys());
}

TEMPLATE_TEST_CASE("move assignment across arenas goes element by element", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a, b;
  TestType source(a);
  TestType target(b);
  arena_test::Fill(source);
  arena_test::Add(target, 99);
  target = std::move(source);
  CHECK(arena_test::LiesIn(b, target));
  CHECK(&source.get_allocator().arena() == &a);
  CHECK(arena_test::SortedKeys(target) == arena_test::AllKeys());
}
