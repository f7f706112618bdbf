// SPDX-License-Identifier: Apache-2.0
//
// What only knows an Allocator as an allocator: shared pointers, adaptors, node handles.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <functional>
#include <memory>
#include <queue>
#include <stack>
#include <utility>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

TEST_CASE("std::allocate_shared puts object and counters into the arena", "[allocator]") {
  arena_test::LifetimeLog log;
  arena::MonotonicArena a;
  std::weak_ptr<arena_test::Tracked> observer;
  {
    const auto shared =
        std::allocate_shared<arena_test::Tracked>(arena::Allocator<arena_test::Tracked>(a), 5);
    observer = shared;
    CHECK(a.Owns(shared.get()));
    CHECK(shared->Id() == 5);
  }
  CHECK(observer.expired());
  CHECK(log.Check() == "");
}

TEST_CASE("container adaptors take the Allocator", "[allocator]") {
  arena::MonotonicArena a;
  const arena::Allocator<int> allocator = a;
  std::priority_queue<int, arena::Vector<int>> heap(allocator);
  std::queue<int, arena::Deque<int>> queue(allocator);
  std::stack<int, arena::Vector<int>> stack(allocator);
  for (int i = 0; i < 10; ++i) {
    heap.push(i);
    queue.push(i);
    stack.push(i);
  }
  CHECK(a.Owns(&heap.top()));
  CHECK(heap.top() == 9);
  CHECK(a.Owns(&queue.front()));
  CHECK(queue.front() == 0);
  CHECK(a.Owns(&stack.top()));
  CHECK(stack.top() == 9);
}

TEST_CASE("nodes move between containers of one arena where they are", "[allocator]") {
  arena::MonotonicArena a;
  arena::Map<int, int> first({{1, 10}, {2, 20}}, a);
  arena::Map<int, int> second({{3, 30}, {4, 40}}, a);
  const auto* const node = &*first.find(1);
  second.insert(first.extract(1));
  CHECK(&*second.find(1) == node);
  second.merge(first);
  CHECK(second.size() == 4);

  arena::List<int> list({1, 2}, a);
  arena::List<int> longer({3}, a);
  const int* const element = &list.front();
  longer.splice(longer.begin(), list);
  CHECK(&longer.front() == element);
}
