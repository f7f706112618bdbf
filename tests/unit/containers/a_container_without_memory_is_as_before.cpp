// SPDX-License-Identifier: Apache-2.0
//
// A container whose arena has no more memory throws std::bad_alloc and stays as it was.
#include <new>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("a container is as before when its arena has no more memory", "[containers]",
                   arena_test::IntVector, arena_test::IntList, arena_test::IntMap,
                   arena_test::IntUnorderedSet, arena::String) {
  arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
  TestType container(a);
  int count = 0;
  const auto fill_up = [&] {
    for (;; ++count) arena_test::Add(container, count % 100 + count / 100 * 1000);
  };
  REQUIRE_THROWS_AS(fill_up(), std::bad_alloc);
  CHECK(count > 10);
  CHECK(static_cast<int>(arena_test::SortedKeys(container).size()) == count);
  CHECK(arena_test::LiesIn(a, container));
  CHECK(a.Cap() == 1024);
}
