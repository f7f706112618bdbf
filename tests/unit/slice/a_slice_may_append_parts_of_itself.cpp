// SPDX-License-Identifier: Apache-2.0
//
// Appending an element or a range of the slice to itself, also through older values whose slots are
// the source.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena::SliceAppendRange;

namespace {

template <class T>
T Value(int n) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "a value too long for the small-string buffer: " + std::to_string(n);
  } else if constexpr (std::is_aggregate_v<T>) {
    return T{{n, n, n, n, n}};
  } else {
    return T(n);
  }
}

struct WideElement {
  long numbers[5];
  bool operator==(const WideElement&) const = default;
};

template <class T>
Slice<T> Numbered(arena::Arena& a, int count, std::size_t capacity) {
  auto slice = arena::AllocateSlice<T>(a, 0, capacity);
  for (int n = 0; n < count; ++n) slice = SliceAppend(a, slice, Value<T>(n));
  return slice;
}

template <class T>
bool Is(const Slice<T>& slice, const std::vector<int>& expected) {
  if (slice.size() != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!(slice[i] == Value<T>(expected[i]))) return false;
  }
  return true;
}

}  // namespace

TEMPLATE_TEST_CASE("an element of the slice can be appended to it", "", int, WideElement,
                   std::string, arena_test::Tracked) {
  arena::MonotonicArena a;
  const std::size_t capacity = GENERATE(std::size_t{3}, std::size_t{4}, std::size_t{10});
  const bool last = GENERATE(false, true);
  auto slice = Numbered<TestType>(a, 3, capacity);
  if (!last) a.Alloc(1, 1);
  CAPTURE(capacity, last);
  SECTION("one") { CHECK(Is(SliceAppend(a, slice, slice[1]), {0, 1, 2, 1})); }
  SECTION("one, moving the slice") {
    CHECK(Is(SliceAppend(a, std::move(slice), slice[2]), {0, 1, 2, 2}));
  }
  SECTION("several") {
    CHECK(Is(SliceAppend(a, slice, slice[2], slice[0], slice[1]), {0, 1, 2, 2, 0, 1}));
  }
  SECTION("over and over") {
    for (int i = 0; i < 50; ++i) slice = SliceAppend(a, slice, slice.back());
    CHECK(slice.size() == 53);
    CHECK(slice[52] == Value<TestType>(2));
  }
}

TEMPLATE_TEST_CASE("the slice, or a part of it, can be appended to it", "", int, WideElement,
                   std::string, arena_test::Tracked) {
  arena::MonotonicArena a;
  const std::size_t capacity = GENERATE(std::size_t{3}, std::size_t{5}, std::size_t{10});
  const bool last = GENERATE(false, true);
  auto slice = Numbered<TestType>(a, 3, capacity);
  if (!last) a.Alloc(1, 1);
  CAPTURE(capacity, last);
  SECTION("all of it") { CHECK(Is(SliceAppendRange(a, slice, slice), {0, 1, 2, 0, 1, 2})); }
  SECTION("all of it, moving") {
    CHECK(Is(SliceAppendRange(a, std::move(slice), slice), {0, 1, 2, 0, 1, 2}));
  }
  SECTION("a subslice") {
    CHECK(Is(SliceAppendRange(a, slice, slice.Subslice(1, 3)), {0, 1, 2, 1, 2}));
  }
  SECTION("a span") {
    const std::span<const TestType> part(slice.data() + 1, 1);
    CHECK(Is(SliceAppendRange(a, slice, part), {0, 1, 2, 1}));
  }
}

TEMPLATE_TEST_CASE("an older value takes a range of a newer one, whatever overlaps", "", int,
                   WideElement, std::string, arena_test::Tracked) {
  arena::MonotonicArena a;
  for (std::size_t size = 0; size <= 4; ++size) {
    for (std::size_t from = 0; from <= 6; ++from) {
      for (std::size_t to = from; to <= 6; ++to) {
        CAPTURE(size, from, to);
        const auto newer = Numbered<TestType>(a, 6, 12);
        const auto older = newer.Subslice(0, size);
        std::vector<int> expected;
        for (std::size_t i = 0; i < size; ++i) expected.push_back(static_cast<int>(i));
        for (std::size_t i = from; i < to; ++i) expected.push_back(static_cast<int>(i));
        REQUIRE(Is(SliceAppendRange(a, older, newer.Subslice(from, to)), expected));
        a.Reset();
      }
    }
  }
}

TEMPLATE_TEST_CASE("an older value takes elements of a newer one that it is about to overwrite", "",
                   int, WideElement, std::string, arena_test::Tracked) {
  arena::MonotonicArena a;
  const auto newer = Numbered<TestType>(a, 4, 8);
  const auto older = newer.Subslice(0, 1);
  SECTION("the very slot") { CHECK(Is(SliceAppend(a, older, newer[1]), {0, 1})); }
  SECTION("another slot") { CHECK(Is(SliceAppend(a, older, newer[3]), {0, 3})); }
  SECTION("several, crosswise") {
    CHECK(Is(SliceAppend(a, older, newer[3], newer[2], newer[1]), {0, 3, 2, 1}));
  }
}

TEST_CASE("the very slot can be moved into itself") {
  arena_test::LifetimeLog log;
  arena::MonotonicArena a;
  const auto newer = Numbered<arena_test::Tracked>(a, 2, 4);
  const auto again = SliceAppend(a, newer.Subslice(0, 1), std::move(newer[1]));
  CHECK(again[1].Id() == 1);
  const auto words = Numbered<std::string>(a, 2, 4);
  const auto word = SliceAppend(a, words.Subslice(0, 1), std::move(words[1]));
  CHECK(word[1] == Value<std::string>(1));
  a.Reset();
  CHECK(log.Check() == "");
}
