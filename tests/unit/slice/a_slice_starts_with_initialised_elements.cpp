// SPDX-License-Identifier: Apache-2.0
//
// AllocateSlice: lengths and capacities, and what the elements are at first.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::AllocateSlice;
using arena::AllocateSliceForOverwrite;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a default-constructed slice is empty and can be appended to") {
  arena::MonotonicArena a;
  arena::Slice<int> numbers;
  CHECK(numbers.empty());
  CHECK(numbers.size() == 0);
  CHECK(numbers.capacity() == 0);
  CHECK(numbers.data() == nullptr);
  CHECK(numbers.begin() == numbers.end());
  numbers = arena::SliceAppend(a, numbers, 1);
  CHECK(numbers[0] == 1);
  arena::Slice<std::string> words;
  words = arena::SliceAppend(a, words, "word");
  CHECK(words[0] == "word");
}

TEST_CASE("a slice has the length and the capacity that were asked for") {
  arena::MonotonicArena a;
  const auto numbers = AllocateSlice<int>(a, 2, 10);
  CHECK(numbers.size() == 2);
  CHECK(numbers.capacity() == 10);
  CHECK(a.Len() == 10 * sizeof(int));
  const auto words = AllocateSlice<std::string>(a, 2, 10);
  CHECK(words.size() == 2);
  CHECK(words.capacity() == 10);
  const auto exact = AllocateSlice<std::string>(a, 3);
  CHECK(exact.size() == 3);
  CHECK(exact.capacity() == 3);
}

TEST_CASE("elements below the length are value-initialised") {
  arena::MonotonicArena a;
  std::memset(a.Alloc(1000), 0xAB, 1000);
  a.Reset();
  const auto numbers = AllocateSlice<int>(a, 50, 100);
  for (const int number : numbers) CHECK(number == 0);
  struct Pair {
    int first;
    void* second;
  };
  for (const Pair& pair : AllocateSlice<Pair>(a, 20)) {
    CHECK((pair.first == 0 && pair.second == nullptr));
  }
  for (const std::string& word : AllocateSlice<std::string>(a, 5)) CHECK(word.empty());
}

TEST_CASE("what is behind the length is raw") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = AllocateSlice<Tracked>(a, 3, 100);
  CHECK(log.Constructions() == 3);
  slice = AllocateSliceForOverwrite<Tracked>(a, 2, 100);
  CHECK(log.Constructions() == 5);
  a.Reset();
  CHECK(log.Destructions() == 5);
  CHECK(log.Check() == "");
}

TEST_CASE("AllocateSliceForOverwrite leaves trivial elements as the memory was", "[places]") {
  arena::MonotonicArena a;
  void* const bytes = a.Alloc(100, 1);
  std::memset(bytes, 0xAB, 100);
  asm volatile("" : : "r"(bytes) : "memory");
  a.Reset();
  const auto slice = AllocateSliceForOverwrite<unsigned char>(a, 100, 100);
  asm volatile("" : : "r"(slice.data()) : "memory");
  for (const unsigned char byte : slice) CHECK(byte == 0xAB);
}

TEST_CASE("an empty slice without capacity allocates nothing") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  const auto numbers = AllocateSlice<int>(a, 0, 0);
  CHECK((numbers.empty() && numbers.capacity() == 0));
  const auto words = AllocateSlice<std::string>(a, 0);
  CHECK((words.empty() && words.capacity() == 0));
  CHECK(AllocateSliceForOverwrite<std::string>(a, 0, 0).empty());
  CHECK(a.Len() == 0);
  CHECK(a.Cap() == 0);
}

TEST_CASE("a length above the capacity is an error") {
  LifetimeLog log;
  arena::MonotonicArena a;
  CHECK_THROWS_AS(AllocateSlice<int>(a, 1, 0), std::length_error);
  CHECK_THROWS_AS(AllocateSlice<int>(a, 11, 10), std::length_error);
  CHECK_THROWS_AS(AllocateSlice<Tracked>(a, 11, 10), std::length_error);
  CHECK_THROWS_AS(AllocateSliceForOverwrite<int>(a, 11, 10), std::length_error);
  CHECK_THROWS_AS(AllocateSlice<int>(a, SIZE_MAX, 10), std::length_error);
  CHECK(a.Len() == 0);
  CHECK(log.Constructions() == 0);
}

TEST_CASE("an element without a default constructor starts from an empty slice") {
  struct NoDefault {
    explicit NoDefault(int n) : number(n) {}
    int number;
  };
  arena::MonotonicArena a;
  arena::Slice<NoDefault> slice;
  slice = arena::SliceAppend(a, slice, NoDefault(3));
  CHECK(slice[0].number == 3);
}
