// SPDX-License-Identifier: Apache-2.0
//
// std::pmr containers take the address of an arena: it is a std::pmr::memory_resource.
#include <list>
#include <map>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/container_kinds.hpp"

namespace {

constexpr const char* kPmrText =
    "a text that does not fit inside of a string object, wherever it is";

}  // namespace

TEST_CASE("std::pmr containers lie wholly in the arena", "[containers]") {
  arena_test::CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  std::pmr::map<std::pmr::string, std::pmr::vector<std::pmr::string>> index(&a);
  index[kPmrText].emplace_back(kPmrText);
  CHECK(a.Owns(&*index.begin()));
  CHECK(a.Owns(index.begin()->first.data()));
  CHECK(a.Owns(index.begin()->second[0].data()));

  std::pmr::unordered_map<int, std::pmr::list<int>> lists(&a);
  lists[1].push_back(2);
  CHECK(a.Owns(&lists.begin()->second.front()));
}

TEST_CASE("a std::pmr container is made from the library's allocator", "[containers]") {
  arena::MonotonicArena a;
  const arena::Allocator<int> allocator = a;
  std::pmr::vector<int> numbers({1, 2, 3}, allocator);
  CHECK(numbers.get_allocator().resource() == &a);
  CHECK(a.Owns(numbers.data()));
}

TEST_CASE("std::pmr containers of two arenas move element by element", "[containers]") {
  arena::MonotonicArena a, b;
  std::pmr::vector<std::pmr::string> source(&a);
  source.emplace_back(kPmrText);
  std::pmr::vector<std::pmr::string> target(&b);
  target = std::move(source);
  CHECK(b.Owns(target.data()));
  CHECK(b.Owns(target[0].data()));
  CHECK(target[0] == kPmrText);
  // The standard's rule for polymorphic_allocator, where arena::Allocator stays in the arena.
  std::pmr::vector<std::pmr::string> copy(target);
  CHECK(copy.get_allocator().resource() == std::pmr::get_default_resource());
}

TEST_CASE("a std::pmr container that dies after Reset frees nothing of a stranger's",
          "[containers]") {
  arena_test::CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  {
    std::pmr::vector<int> numbers({1, 2, 3}, &a);
    a.Reset();
  }
  CHECK(a.Len() == 0);
  CHECK(upstream.Deallocations() == 0);
}
