// SPDX-License-Identifier: Apache-2.0
//
// A type that takes the library's allocator, or a polymorphic one, is given the arena.
#include <arena/arena.hpp>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/default_resource.hpp"

using arena::Allocate;

namespace {

constexpr const char* kLong = "a string that no small-string buffer holds, however generous it is";

// The allocator last.
struct Last {
  using allocator_type = arena::Allocator<std::byte>;
  Last(int n, allocator_type a) : number(n), allocator(a) {}
  int number;
  allocator_type allocator;
};

// The allocator first, announced by a tag.
struct First {
  using allocator_type = std::pmr::polymorphic_allocator<>;
  First(std::allocator_arg_t, allocator_type a, int n) : number(n), allocator(a) {}
  int number;
  allocator_type allocator;
};

// Has nothing to do with an arena.
struct StandardOnly {
  using allocator_type = std::allocator<int>;
  StandardOnly(int n, allocator_type = {}) : number(n) {}
  int number;
};

}  // namespace

TEST_CASE("a string of the library lies wholly in the arena") {
  arena::MonotonicArena a;
  arena::String* const text = Allocate<arena::String>(a, kLong);
  CHECK(*text == kLong);
  CHECK(&text->get_allocator().arena() == &a);
  CHECK(a.Owns(text));
  CHECK(a.Owns(text->data()));
  CHECK(Allocate<arena::String>(a)->empty());
  CHECK(*Allocate<arena::String>(a, std::size_t{3}, 'x') == "xxx");
  CHECK(*arena::TryAllocate<arena::String>(a, kLong) == kLong);
}

TEST_CASE("a pmr container of pmr strings lies wholly in the arena") {
  arena::MonotonicArena a({.upstream = std::pmr::new_delete_resource()});
  const arena_test::NoDefaultResource guard;
  auto* const words = Allocate<std::pmr::vector<std::pmr::string>>(a);
  words->emplace_back(kLong);
  words->push_back(std::pmr::string(kLong, &a));
  CHECK(words->get_allocator().resource() == &a);
  CHECK(a.Owns(words->data()));
  CHECK(a.Owns((*words)[0].data()));
  CHECK((*words)[1] == kLong);
  auto* const copy = Allocate<std::pmr::vector<std::pmr::string>>(a, *words);
  CHECK(copy->get_allocator().resource() == &a);
  CHECK(a.Owns((*copy)[0].data()));
}

TEST_CASE("a copy from another arena lies in this one") {
  arena::MonotonicArena other;
  arena::MonotonicArena a;
  const arena::String text(kLong, other);
  const arena::String* const copy = Allocate<arena::String>(a, text);
  CHECK(&copy->get_allocator().arena() == &a);
  CHECK(a.Owns(copy->data()));
  const arena::String* const moved = Allocate<arena::String>(a, arena::String(kLong, other));
  CHECK(a.Owns(moved->data()));
}

TEST_CASE("a container with an initializer list lies in the arena") {
  arena::MonotonicArena a;
  const auto* const numbers =
      Allocate<std::pmr::vector<int>>(a, std::initializer_list<int>{1, 2, 3});
  CHECK(numbers->size() == 3);
  CHECK(a.Owns(numbers->data()));
  auto* const map = Allocate<std::pmr::map<int, std::pmr::string>>(a);
  map->emplace(1, kLong);
  CHECK(a.Owns(map->begin()->second.data()));
}

TEST_CASE("both conventions for a trailing and a leading allocator are known") {
  arena::MonotonicArena a;
  CHECK(&Allocate<Last>(a, 1)->allocator.arena() == &a);
  CHECK(Allocate<First>(a, 2)->allocator.resource() == &a);
  CHECK(Allocate<First>(a, 2)->number == 2);
}

TEST_CASE("the parts of a pair are given the arena") {
  arena::MonotonicArena a;
  using Pair = std::pair<int, arena::String>;
  const Pair* const built = Allocate<Pair>(a, 1, kLong);
  CHECK(built->first == 1);
  CHECK(a.Owns(built->second.data()));
  const Pair* const empty = Allocate<Pair>(a);
  CHECK(&empty->second.get_allocator().arena() == &a);
  const Pair* const pieces =
      Allocate<Pair>(a, std::piecewise_construct, std::make_tuple(2), std::make_tuple(kLong));
  CHECK(a.Owns(pieces->second.data()));
  arena::MonotonicArena other;
  const Pair foreign(std::piecewise_construct, std::forward_as_tuple(3),
                     std::forward_as_tuple(kLong, other));
  CHECK(a.Owns(Allocate<Pair>(a, foreign)->second.data()));
  using Nested = std::pair<Pair, std::pmr::string>;
  const Nested* const nested = Allocate<Nested>(a, foreign, kLong);
  CHECK(a.Owns(nested->first.second.data()));
  CHECK(a.Owns(nested->second.data()));
  using Numbers = std::pair<int, double>;
  CHECK((*Allocate<Numbers>(a, 1, 2.0) == Numbers{1, 2.0}));
}

TEST_CASE("the parts of a tuple are given the arena") {
  arena::MonotonicArena a;
  // Not arena::String: a tuple asks whether its parts can be built without an allocator too.
  using Tuple = std::tuple<int, std::pmr::string, std::pmr::vector<int>>;
  const Tuple* const tuple = Allocate<Tuple>(a, 1, kLong, std::size_t{3});
  CHECK(a.Owns(std::get<1>(*tuple).data()));
  CHECK(std::get<2>(*tuple).get_allocator().resource() == &a);
}

TEST_CASE("types with a standard allocator are built as written") {
  arena::MonotonicArena a;
  CHECK(Allocate<StandardOnly>(a, 3)->number == 3);
  const std::string* const text = Allocate<std::string>(a, kLong);
  CHECK(*text == kLong);
  CHECK_FALSE(a.Owns(text->data()));
  CHECK(Allocate<std::optional<int>>(a, 3)->value() == 3);
}
