// SPDX-License-Identifier: Apache-2.0
//
// Containers work on every kind of arena, not only on those with a window of their own.
#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("a container works on a ConcurrentArena", "[containers]", arena_test::IntVector,
                   arena_test::IntMap, arena_test::IntUnorderedMap, arena::String) {
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  TestType container(shared);
  arena_test::Fill(container);
  CHECK(arena_test::SortedKeys(container) == arena_test::AllKeys());
  CHECK(&container.get_allocator().arena() == &shared);
  CHECK(base.Owns(std::addressof(*container.begin())));
}

TEST_CASE("containers of a decorator and of its base do not count as of one arena",
          "[containers]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  CHECK(arena::Vector<int>(shared).get_allocator() != arena::Vector<int>(base).get_allocator());
}
