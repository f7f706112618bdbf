// SPDX-License-Identifier: Apache-2.0
//
// Allocator::construct: uses-allocator construction for what takes an allocator, and nothing of its
// own for everything else, so that containers may take their short cuts.
#include <arena/arena.hpp>
#include <memory>
#include <new>
#include <utility>

#include "support/catch.hpp"

using arena::Allocator;

namespace {

struct TakesArenaFirst {
  using allocator_type = Allocator<TakesArenaFirst>;
  TakesArenaFirst(std::allocator_arg_t, const allocator_type& allocator, int number)
      : arena(&allocator.arena()), value(number) {}
  arena::Arena* arena;
  int value;
};

struct TakesArenaLast {
  using allocator_type = Allocator<TakesArenaLast>;
  TakesArenaLast(int number, const allocator_type& allocator)
      : arena(&allocator.arena()), value(number) {}
  arena::Arena* arena;
  int value;
};

struct PlainValue {
  explicit PlainValue(int number) : value(number) {}
  int value;
};

template <class T>
concept HasConstruct =
    requires(Allocator<T>& allocator, T* element) { allocator.construct(element, 1); };

template <class T, class... Args>
T& Construct(arena::MonotonicArena& a, Args&&... args) {
  Allocator<T> allocator = a;
  T* const element = allocator.allocate(1);
  std::allocator_traits<Allocator<T>>::construct(allocator, element, std::forward<Args>(args)...);
  return *element;
}

}  // namespace

TEST_CASE("an element that takes an allocator is given the arena", "[allocator]") {
  arena::MonotonicArena a;
  CHECK(Construct<TakesArenaFirst>(a, 3).arena == &a);
  CHECK(Construct<TakesArenaFirst>(a, 3).value == 3);
  CHECK(Construct<TakesArenaLast>(a, 4).arena == &a);
  CHECK(Construct<TakesArenaLast>(a, 4).value == 4);
}

TEST_CASE("each part of a pair that takes an allocator is given the arena", "[allocator]") {
  arena::MonotonicArena a;
  using Both = std::pair<TakesArenaFirst, TakesArenaLast>;
  const Both& both = Construct<Both>(a, 1, 2);
  CHECK(both.first.arena == &a);
  CHECK(both.second.arena == &a);
  const Both& piecewise = Construct<Both>(a, std::piecewise_construct, std::forward_as_tuple(5),
                                          std::forward_as_tuple(6));
  CHECK(piecewise.first.arena == &a);
  CHECK(piecewise.second.value == 6);
}

TEST_CASE("an element that takes no allocator is constructed without the Allocator's help",
          "[allocator]") {
  STATIC_REQUIRE(HasConstruct<TakesArenaLast>);
  STATIC_REQUIRE_FALSE(HasConstruct<PlainValue>);
  STATIC_REQUIRE_FALSE(HasConstruct<int>);
  arena::MonotonicArena a;
  CHECK(Construct<PlainValue>(a, 7).value == 7);
}
