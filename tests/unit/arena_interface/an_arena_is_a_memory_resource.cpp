// SPDX-License-Identifier: Apache-2.0
//
// An arena is a std::pmr::memory_resource.
#include <arena/arena.hpp>
#include <cstddef>
#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/default_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;

TEST_CASE("std::pmr containers of containers lie wholly in the arena", "[raw]") {
  CheckingResource upstream;
  {
    const arena_test::NoDefaultResource guard;
    arena::MonotonicArena a({.upstream = &upstream});
    std::pmr::map<std::pmr::string, std::pmr::vector<std::pmr::string>> map(&a);
    std::pmr::unordered_map<int, std::pmr::string> names(&a);
    for (int i = 0; i < 200; ++i) {
      const auto name = std::to_string(i) + " is a key too long for the small buffer of a string";
      map[std::pmr::string(name, &a)].emplace_back(name.c_str());
      names[i] = name.c_str();
    }
    CHECK(map.size() == 200);
    CHECK(names.at(150).starts_with("150 is a key"));
    CHECK(a.Owns(&*map.begin()));
    CHECK(a.Owns(map.begin()->second.front().data()));
    CHECK(a.Owns(names.at(7).data()));
    CHECK(arena_test::FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("allocate of 0 bytes counts as 1 and gives each caller a block of its own", "[raw]") {
  arena::MonotonicArena a;
  void* first = a.allocate(0, 1);
  void* second = a.allocate(0, 1);
  CHECK(first != second);
  CHECK(a.Owns(first));
  CHECK(a.Len() == 2);
  CHECK(arena_test::IsAligned(a.allocate(0, 64), 64));
}

TEST_CASE("allocate takes from the same window as Alloc", "[raw][places]") {
  arena::MonotonicArena a;
  std::pmr::memory_resource& resource = a;
  void* first = a.Alloc(10, 1);
  void* second = resource.allocate(10, 1);
  CHECK(second == arena_test::At(first, 10));
  CHECK(arena_test::IsAligned(resource.allocate(3), alignof(std::max_align_t)));
}

TEST_CASE("an arena is equal to itself only", "[raw]") {
  arena::MonotonicArena a;
  const arena::MonotonicArena b;
  arena::ConcurrentArena shared(a);
  CHECK(a.is_equal(a));
  CHECK_FALSE(a.is_equal(b));
  CHECK_FALSE(a.is_equal(shared));
  CHECK_FALSE(shared.is_equal(a));
  CHECK(shared.is_equal(shared));
  CHECK_FALSE(a.is_equal(*std::pmr::new_delete_resource()));
}

TEST_CASE("allocate throws std::bad_alloc where Alloc does", "[raw]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .limit = 100});
  CHECK_THROWS_AS(a.allocate(101, 1), std::bad_alloc);
  CHECK_THROWS_AS(std::pmr::vector<int>(1000, &a), std::bad_alloc);
  CHECK(a.Len() == 0);
}

TEST_CASE("the standard's own pools work on top of an arena", "[raw]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.upstream = &upstream});
    std::pmr::unsynchronized_pool_resource pool(&a);
    std::pmr::vector<std::pmr::string> strings(&pool);
    for (int i = 0; i < 500; ++i) strings.emplace_back("a string that needs memory of its own");
    CHECK(a.Owns(strings.back().data()));
    std::pmr::monotonic_buffer_resource nested(&a);
    CHECK(a.Owns(nested.allocate(100, 8)));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("arenas are neither copied nor moved", "[raw]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::MonotonicArena>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::MonotonicArena>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<arena::MonotonicArena>);
  STATIC_REQUIRE_FALSE(std::is_move_assignable_v<arena::MonotonicArena>);
  STATIC_REQUIRE(std::is_base_of_v<std::pmr::memory_resource, arena::Arena>);
  STATIC_REQUIRE(std::is_abstract_v<arena::Arena>);
}
