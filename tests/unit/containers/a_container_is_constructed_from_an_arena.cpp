// SPDX-License-Identifier: Apache-2.0
//
// The arena is all that a container needs to be told, and everything it holds lies there.
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/container_kinds.hpp"

TEMPLATE_TEST_CASE("a container is constructed from an arena and lies in it", "[containers]",
                   ARENA_TEST_CONTAINERS) {
  arena_test::CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  TestType container(a);
  arena_test::Fill(container);
  CHECK(arena_test::SortedKeys(container) == arena_test::AllKeys());
  CHECK(arena_test::LiesIn(a, container));
  CHECK(a.Len() >= arena_test::kElements * sizeof(typename TestType::value_type));
}

TEMPLATE_TEST_CASE("a container is constructed from the interface of an arena", "[containers]",
                   arena::Vector<int>, arena_test::IntMap, arena_test::IntUnorderedSet,
                   arena::String) {
  arena::InlineArena<4096> a;
  arena::Arena& interface = a;
  TestType container(interface);
  arena_test::Fill(container);
  CHECK(arena_test::LiesIn(a, container));
}

TEST_CASE("the arena is the last argument of the standard's constructors", "[containers]") {
  arena::MonotonicArena a;
  CHECK(arena::Vector<int>({1, 2, 3}, a).size() == 3);
  CHECK(arena::Vector<int>(10, a).size() == 10);
  CHECK(arena::Vector<int>(10, 7, a).back() == 7);
  CHECK(arena::Vector<bool>(100, true, a)[99]);
  CHECK(arena::Deque<int>({1, 2}, a).front() == 1);
  CHECK(arena::List<int>(3, 5, a).back() == 5);
  CHECK(arena::ForwardList<int>({9, 8}, a).front() == 9);
  CHECK(arena::Set<int>({1, 2, 2}, a).size() == 2);
  CHECK(arena::MultiSet<int>({1, 2, 2}, a).size() == 3);
  CHECK(arena::Map<int, int>({{1, 2}, {3, 4}}, a).at(3) == 4);
  CHECK(arena::MultiMap<int, int>({{1, 2}, {1, 4}}, a).count(1) == 2);
  CHECK(arena::UnorderedMap<int, int>(100, a).bucket_count() >= 100);
  CHECK(arena::UnorderedSet<int>({1, 2}, 10, a).size() == 2);
  CHECK(arena::String("text", a) == "text");
}
