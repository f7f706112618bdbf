// SPDX-License-Identifier: Apache-2.0
//
// The interface that algorithms, spans and range-for consume.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using arena::Slice;

namespace {

int SumOf(std::span<const int> numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0);
}
void Double(std::span<int> numbers) {
  for (int& number : numbers) number *= 2;
}

}  // namespace

TEST_CASE("a slice is a contiguous, sized, borrowed range") {
  STATIC_REQUIRE(std::ranges::contiguous_range<Slice<int>>);
  STATIC_REQUIRE(std::ranges::contiguous_range<const Slice<std::string>>);
  STATIC_REQUIRE(std::ranges::sized_range<Slice<int>>);
  STATIC_REQUIRE(std::ranges::borrowed_range<Slice<int>>);
  STATIC_REQUIRE(std::is_same_v<Slice<int>::value_type, int>);
  STATIC_REQUIRE(std::is_same_v<std::iterator_traits<Slice<int>::iterator>::reference, int&>);
}

TEST_CASE("a slice is three words that are copied as bytes") {
  STATIC_REQUIRE(sizeof(Slice<int>) == 3 * sizeof(void*));
  STATIC_REQUIRE(sizeof(Slice<std::string>) <= 4 * sizeof(void*));
  STATIC_REQUIRE(std::is_trivially_copyable_v<Slice<int>>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Slice<std::string_view>>);
  STATIC_REQUIRE(std::is_trivially_destructible_v<Slice<std::string>>);
  STATIC_REQUIRE(sizeof(Slice<std::string>) == 3 * sizeof(void*));
  STATIC_REQUIRE(std::is_nothrow_default_constructible_v<Slice<std::string>>);
}

TEST_CASE("a slice converts to spans") {
  arena::MonotonicArena a;
  auto slice = arena::SliceAppend(a, Slice<int>(), 1, 2, 3);
  CHECK(SumOf(slice) == 6);
  Double(slice);
  CHECK(SumOf(slice) == 12);
  const std::span<int> writable = slice;
  const std::span<const int> readable = slice;
  CHECK(writable.data() == slice.data());
  CHECK(readable.size() == 3);
  STATIC_REQUIRE(std::is_convertible_v<const Slice<int>&, std::span<int>>);
  STATIC_REQUIRE(std::is_convertible_v<Slice<int>, std::span<const int>>);
  STATIC_REQUIRE(std::is_convertible_v<Slice<std::string>, std::span<const std::string>>);
}

TEST_CASE("elements are reached by index, checked or not, and from both ends") {
  arena::MonotonicArena a;
  const auto slice = arena::SliceAppend(a, Slice<int>(), 1, 2, 3);
  CHECK(slice[1] == 2);
  CHECK(slice.at(2) == 3);
  CHECK(slice.front() == 1);
  CHECK(slice.back() == 3);
  slice[0] = 10;  // const is about the words, as for a span
  slice.front() += 1;
  CHECK(slice.at(0) == 11);
  CHECK_THROWS_AS(slice.at(3), std::out_of_range);
  CHECK_THROWS_AS(slice.at(SIZE_MAX), std::out_of_range);
  CHECK_THROWS_AS(Slice<int>().at(0), std::out_of_range);
}

TEST_CASE("algorithms and range-for work on a slice") {
  arena::MonotonicArena a;
  const auto slice = arena::SliceAppend(a, Slice<int>(), 3, 1, 2);
  std::ranges::sort(slice);
  CHECK(std::ranges::equal(slice, std::vector<int>{1, 2, 3}));
  int sum = 0;
  for (const int number : slice) sum += number;
  CHECK(sum == 6);
  CHECK(std::find(slice.begin(), slice.end(), 2) == slice.begin() + 1);
  CHECK(std::vector<int>(slice.begin(), slice.end()).size() == 3);
}

TEST_CASE("copies of a slice share its elements") {
  arena::MonotonicArena a;
  auto one = arena::SliceAppend(a, Slice<std::string>(), "a", "b");
  const auto two = one;
  two[0] = "c";
  CHECK(one[0] == "c");
  one = {};
  CHECK(one.empty());
  CHECK(two[1] == "b");
}
