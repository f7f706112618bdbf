// SPDX-License-Identifier: Apache-2.0
//
// What only knows an Allocator as an allocator: shared pointers, adaptors, node handles.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <queue>
#include <sstream>
#include <stack>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

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

TEST_CASE("std::allocate_shared of an array lies in the arena", "[allocator]") {
  arena::MonotonicArena a;
  const auto numbers = std::allocate_shared<int[]>(arena::Allocator<int>(a), 10);
  CHECK(a.Owns(&numbers[0]));
  CHECK(a.Owns(&numbers[9]));
  CHECK(numbers[9] == 0);
}

TEST_CASE("a shared pointer's counters lie in the arena, its object where it was", "[allocator]") {
  arena::MonotonicArena a;
  const std::shared_ptr<int> shared(new int(3), std::default_delete<int>(),
                                    arena::Allocator<int>(a));
  CHECK(a.Len() > 0);
  CHECK_FALSE(a.Owns(shared.get()));
}

TEST_CASE("a promise's state lies in the arena", "[allocator]") {
  arena::MonotonicArena a;
  std::promise<int> promise(std::allocator_arg, arena::Allocator<int>(a));
  CHECK(a.Len() >= sizeof(int));
  promise.set_value(3);
  CHECK(promise.get_future().get() == 3);
}

TEST_CASE("a string stream of the standard takes the Allocator", "[allocator]") {
  using Stream = std::basic_ostringstream<char, std::char_traits<char>, arena::Allocator<char>>;
  arena::MonotonicArena a;
  Stream stream{arena::String(a)};
  stream << "the answer, in more than a handful of characters, is " << 42;
  const arena::String text = std::move(stream).str();
  CHECK(text == "the answer, in more than a handful of characters, is 42");
  CHECK(a.Owns(text.data()));
}

// They take no allocator: what is in them has to be told its arena, as with std::pmr.
TEST_CASE("strings in an optional and a variant stay in the arena they were told", "[allocator]") {
  arena::MonotonicArena a;
  arena::Vector<std::optional<arena::String>> maybe(a);
  maybe.emplace_back(arena::String("some", a));
  maybe.emplace_back(std::nullopt);
  CHECK(&maybe[0]->get_allocator().arena() == &a);
  arena::Vector<std::variant<int, arena::String>> either(a);
  either.emplace_back(3);
  either.emplace_back(std::in_place_index<1>, "some", a);
  CHECK(&std::get<1>(either[1]).get_allocator().arena() == &a);
  CHECK(std::get<0>(either[0]) == 3);
}

TEST_CASE("bits lie in the arena, also after an assignment across arenas", "[allocator]") {
  arena::MonotonicArena a, b;
  arena::Vector<bool> bits(a), other(b);
  for (int i = 0; i < 1000; ++i) bits.push_back(i % 3 == 0);
  CHECK(a.Len() >= 1000 / 8);
  const std::size_t before = b.Len();
  other = std::move(bits);
  CHECK(b.Len() >= before + 1000 / 8);
  CHECK(other.size() == 1000);
  CHECK(other[999]);
  CHECK_FALSE(other[998]);
  CHECK(&other.get_allocator().arena() == &b);
}

TEST_CASE("elements that only move are moved one by one across arenas", "[allocator]") {
  arena::MonotonicArena a, b;
  arena::Map<int, std::unique_ptr<int>> source(a), target(b);
  source.emplace(1, std::make_unique<int>(3));
  const int* const number = source.at(1).get();
  target = std::move(source);
  CHECK(target.at(1).get() == number);
  CHECK(b.Owns(&*target.begin()));
}

TEST_CASE("more elements than there can be are refused before the arena is asked", "[allocator]") {
  arena::MonotonicArena a({.limit = 32768});
  arena::Vector<int> numbers(a);
  arena::String text(a);
  CHECK_THROWS_AS(numbers.reserve(numbers.max_size() + 1), std::length_error);
  CHECK_THROWS_AS(text.reserve(text.max_size() + 1), std::length_error);
  CHECK_THROWS_AS(numbers.reserve(numbers.max_size() / 2), std::bad_alloc);
  CHECK(a.Len() == 0);
  CHECK(a.Cap() == 32768);
}
