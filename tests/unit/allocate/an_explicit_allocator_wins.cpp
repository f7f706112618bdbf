// SPDX-License-Identifier: Apache-2.0
//
// An allocator that the caller passes wins over the arena.
#include <arena/arena.hpp>
#include <memory_resource>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using arena::Allocate;

namespace {

constexpr const char* kLongText =
    "a string that no small-string buffer holds, however generous it is";

// Its allocator in front, with no tag: a place where the library does not look for it.
struct InFront {
  using allocator_type = arena::Allocator<std::byte>;
  InFront(allocator_type a, int n) : allocator(a), number(n) {}
  allocator_type allocator;
  int number;
};

}  // namespace

TEST_CASE("an allocator passed last wins") {
  arena::MonotonicArena other;  // first: what it holds is used until the objects in `a` are gone
  arena::MonotonicArena a;
  const auto* const text = Allocate<arena::String>(a, kLongText, arena::Allocator<char>(other));
  CHECK(a.Owns(text));
  CHECK(other.Owns(text->data()));
  const auto* const implicit = Allocate<arena::String>(a, kLongText, other);
  CHECK(other.Owns(implicit->data()));
  const auto* const empty = Allocate<arena::String>(a, arena::Allocator<char>(other));
  CHECK(&empty->get_allocator().arena() == &other);
}

TEST_CASE("a memory resource passed to a pmr type wins") {
  arena::MonotonicArena other;  // first: what it holds is used until the objects in `a` are gone
  arena::MonotonicArena a;
  const auto* const text = Allocate<std::pmr::string>(a, kLongText, &other);
  CHECK(other.Owns(text->data()));
  const auto* const numbers =
      Allocate<std::pmr::vector<int>>(a, std::size_t{3}, std::pmr::new_delete_resource());
  CHECK(numbers->get_allocator().resource() == std::pmr::new_delete_resource());
  CHECK(numbers->size() == 3);
}

TEST_CASE("an allocator passed behind the tag wins") {
  arena::MonotonicArena other;  // first: what it holds is used until the objects in `a` are gone
  arena::MonotonicArena a;
  using Tuple = std::tuple<int, std::pmr::string>;
  const auto* const tuple = Allocate<Tuple>(
      a, std::allocator_arg, std::pmr::polymorphic_allocator<char>(&other), 1, kLongText);
  CHECK(other.Owns(std::get<1>(*tuple).data()));
}

TEST_CASE("a null pointer is no allocator") {
  arena::MonotonicArena a;
  const std::pmr::vector<const char*>* const pointers =
      Allocate<std::pmr::vector<const char*>>(a, std::size_t{2}, nullptr);
  CHECK(pointers->size() == 2);
  CHECK(pointers->get_allocator().resource() == &a);
}

TEST_CASE("a type that takes its allocator in an odd place is built as written") {
  arena::MonotonicArena other;  // first: what it holds is used until the objects in `a` are gone
  arena::MonotonicArena a;
  const InFront* const object = Allocate<InFront>(a, arena::Allocator<int>(other), 3);
  CHECK(&object->allocator.arena() == &other);
  CHECK(object->number == 3);
}
