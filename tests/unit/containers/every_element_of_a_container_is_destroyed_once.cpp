// SPDX-License-Identifier: Apache-2.0
//
// That the memory is freed all at once changes nothing about the elements: each is destroyed once,
// by its container.
#include <utility>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::Tracked;

using TrackedVector = arena::Vector<Tracked>;
using TrackedDeque = arena::Deque<Tracked>;
using TrackedList = arena::List<Tracked>;

TEMPLATE_TEST_CASE("every element of a container is destroyed once", "[containers]", TrackedVector,
                   TrackedDeque, TrackedList) {
  LifetimeLog log;
  {
    arena::MonotonicArena a, b;
    TestType elements(a);
    for (int i = 0; i < 100; ++i) elements.emplace_back(i);
    TestType moved(b);
    moved = std::move(elements);
    TestType copy(moved);
    copy.resize(10);
    CHECK(log.Errors() == "");
  }
  CHECK(log.Check() == "");
  CHECK(log.Constructions() == log.Destructions());
}

TEST_CASE("a container allocated in its own arena is destroyed with its elements", "[containers]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto* const elements = arena::Allocate<arena::Vector<Tracked>>(a);
  CHECK(&elements->get_allocator().arena() == &a);
  elements->emplace_back(1);
  elements->emplace_back(2);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(log.Destructions() == log.Constructions());
}
