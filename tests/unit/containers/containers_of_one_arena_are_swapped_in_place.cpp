// SPDX-License-Identifier: Apache-2.0
//
// Containers of one arena are swapped without touching an element. (Those of different arenas:
// tests/abort/swap_across_arenas.cpp.)
#include <cstddef>
#include <memory>
#include <utility>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("containers of one arena are swapped where they are", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena::MonotonicArena a;
  TestType full(a);
  TestType other(a);
  arena_test::Fill(full);
  arena_test::Add(other, 99);
  const void* const first = std::addressof(*full.begin());
  const std::size_t before = a.Len();
  SECTION("by an unqualified swap") {
    using std::swap;
    swap(full, other);
  }
  SECTION("by std::ranges::swap") { std::ranges::swap(full, other); }
  SECTION("by std::swap") { std::swap(full, other); }
  SECTION("by the member function") { full.swap(other); }
  CHECK(std::addressof(*other.begin()) == first);
  CHECK(arena_test::SortedKeys(other) == arena_test::AllKeys());
  CHECK(arena_test::SortedKeys(full) == std::vector<int>{99});
  CHECK(a.Len() == before);
}

TEMPLATE_TEST_CASE("the library's swap is noexcept when the container's is", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  using std::swap;
  TestType* container = nullptr;
  STATIC_REQUIRE(noexcept(swap(*container, *container)) == noexcept(container->swap(*container)));
}
