// SPDX-License-Identifier: Apache-2.0
//
// How a type is constructed from given arguments: the decisions that Allocate takes while it is
// compiled, which the test asks for when it runs.
#include <arena/arena.hpp>
#include <arena/detail/objects/construct.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "support/catch.hpp"

namespace {

using arena::detail::Construction;
using ByteAllocator = arena::Allocator<std::byte>;

struct TwoInts {
  int x, y;
};

struct TakesAllocatorFirst {
  using allocator_type = ByteAllocator;
  explicit TakesAllocatorFirst(int) {}
  TakesAllocatorFirst(std::allocator_arg_t, allocator_type, int) noexcept {}
};

struct TakesAllocatorLast {
  using allocator_type = ByteAllocator;
  TakesAllocatorLast() {}
  explicit TakesAllocatorLast(allocator_type) noexcept {}
  explicit TakesAllocatorLast(int, allocator_type) {}
};

// Takes an allocator where uses-allocator construction does not put one.
struct TakesAllocatorInFront {
  using allocator_type = ByteAllocator;
  TakesAllocatorInFront(allocator_type, int) {}
};

// Through a pointer that the compiler has to read: the decision is then taken at run time.
template <class Answer>
Answer AskNow(Answer (*question)() noexcept) {
  Answer (*volatile asked)() noexcept = question;
  return asked();
}

template <class T, class... Args>
Construction How() {
  return AskNow(&arena::detail::HowToConstruct<T, Args...>);
}
template <class T, class... Args>
bool IsConstructible() {
  return AskNow(&arena::detail::IsConstructible<T, Args...>);
}

}  // namespace

TEST_CASE("how a type is constructed follows from its constructors and the arguments") {
  CHECK(How<int, int>() == Construction::kAsWritten);
  CHECK(How<TwoInts, int, int>() == Construction::kAsWritten);
  CHECK(How<std::string, const char*>() == Construction::kAsWritten);
  CHECK(How<std::pair<int, int>, int, int>() == Construction::kPair);
  CHECK(How<TakesAllocatorFirst, int>() == Construction::kAllocatorFirst);
  CHECK(How<TakesAllocatorLast, int>() == Construction::kAllocatorLast);
  CHECK(How<arena::String, const char*>() == Construction::kAllocatorLast);
}

TEST_CASE("an allocator among the arguments is the type's, wherever it stands") {
  CHECK(How<arena::String, const char*, ByteAllocator>() == Construction::kAsWritten);
  CHECK(How<TakesAllocatorFirst, std::allocator_arg_t, ByteAllocator, int>() ==
        Construction::kAsWritten);
  CHECK(How<TakesAllocatorInFront, ByteAllocator, int>() == Construction::kAsWritten);
  CHECK(How<TakesAllocatorInFront, ByteAllocator, TwoInts>() == Construction::kImpossible);
}

TEST_CASE("a type that takes the allocator with no such arguments cannot be constructed") {
  CHECK(How<TakesAllocatorLast, TwoInts>() == Construction::kImpossible);
  CHECK(How<TakesAllocatorInFront, int>() == Construction::kImpossible);
}

TEST_CASE("aggregates are constructed with braces, everything else with parentheses") {
  CHECK(IsConstructible<TwoInts, int, int>());
  CHECK_FALSE(IsConstructible<TwoInts, int, int, int>());
  CHECK_FALSE(IsConstructible<TwoInts, double, int>());  // narrowing
  CHECK(IsConstructible<std::string, std::size_t, char>());
  CHECK_FALSE(IsConstructible<std::string, TwoInts>());
}

TEST_CASE("whether the arguments bring a fitting allocator with them") {
  using arena::detail::IsConstructibleWithAllocator;
  CHECK(AskNow(&IsConstructibleWithAllocator<arena::String, const char*, ByteAllocator>));
  CHECK(AskNow(&IsConstructibleWithAllocator<TakesAllocatorFirst, std::allocator_arg_t,
                                             ByteAllocator, int>));
  CHECK_FALSE(AskNow(&IsConstructibleWithAllocator<TakesAllocatorLast, int, int, ByteAllocator>));
  CHECK_FALSE(AskNow(&IsConstructibleWithAllocator<arena::String, const char*>));
}
