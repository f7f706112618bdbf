// SPDX-License-Identifier: Apache-2.0
//
// Every container of containers.hpp with int elements (String: char), and what a test can do with
// any of them.
#ifndef ARENA_TESTS_SUPPORT_CONTAINER_KINDS_HPP
#define ARENA_TESTS_SUPPORT_CONTAINER_KINDS_HPP

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace arena_test {

using IntVector = arena::Vector<int>;
using IntDeque = arena::Deque<int>;
using IntList = arena::List<int>;
using IntForwardList = arena::ForwardList<int>;
using IntSet = arena::Set<int>;
using IntMultiSet = arena::MultiSet<int>;
using IntMap = arena::Map<int, int>;
using IntMultiMap = arena::MultiMap<int, int>;
using IntUnorderedSet = arena::UnorderedSet<int>;
using IntUnorderedMultiSet = arena::UnorderedMultiSet<int>;
using IntUnorderedMap = arena::UnorderedMap<int, int>;
using IntUnorderedMultiMap = arena::UnorderedMultiMap<int, int>;

// For TEMPLATE_TEST_CASE.
#define ARENA_TEST_CONTAINERS                                                                     \
  arena_test::IntVector, arena_test::IntDeque, arena_test::IntList, arena_test::IntForwardList,   \
      arena_test::IntSet, arena_test::IntMultiSet, arena_test::IntMap, arena_test::IntMultiMap,   \
      arena_test::IntUnorderedSet, arena_test::IntUnorderedMultiSet, arena_test::IntUnorderedMap, \
      arena_test::IntUnorderedMultiMap, arena::String

// Enough to be past every small-object buffer, and a char for a String.
inline constexpr int kElements = 40;

template <class Container>
void Add(Container& container, int value) {
  if constexpr (requires { typename Container::mapped_type; }) {
    container.emplace(value, -value);
  } else if constexpr (requires { typename Container::key_type; }) {
    container.insert(value);
  } else if constexpr (requires { container.push_back({}); }) {
    container.push_back(static_cast<typename Container::value_type>(value));
  } else {
    container.push_front(value);
  }
}

template <class Container>
void Fill(Container& container) {
  for (int i = 1; i <= kElements; ++i) Add(container, i);
}

inline int KeyOf(int element) { return element; }
inline int KeyOf(const std::pair<const int, int>& element) { return element.first; }

template <class Container>
std::vector<int> SortedKeys(const Container& container) {
  std::vector<int> keys;
  for (const auto& element : container) keys.push_back(KeyOf(element));
  std::sort(keys.begin(), keys.end());
  return keys;
}

// What SortedKeys answers after Fill.
inline std::vector<int> AllKeys() {
  std::vector<int> keys;
  for (int i = 1; i <= kElements; ++i) keys.push_back(i);
  return keys;
}

// Whether every element lies in memory of the arena, and the container says so, too.
template <class Container>
bool LiesIn(const arena::MonotonicArena& arena, const Container& container) {
  if (&container.get_allocator().arena() != &arena) return false;
  for (const auto& element : container) {
    if (!arena.Owns(std::addressof(element))) return false;
  }
  return true;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_CONTAINER_KINDS_HPP
