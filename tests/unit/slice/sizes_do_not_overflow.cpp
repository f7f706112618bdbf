// SPDX-License-Identifier: Apache-2.0
//
// Counts whose product with the element's size passes what an object may have.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena::AllocateSlice;
using arena_test::CheckingResource;

namespace {

constexpr std::size_t kMaxProduct = static_cast<std::size_t>(PTRDIFF_MAX);

// A range that says it has `count` elements.
struct Claiming {
  struct Iterator {
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    using pointer = const int*;
    using reference = int;
    using iterator_category = std::random_access_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    std::size_t position = 0;
    int operator*() const { return 0; }
    Iterator& operator++() { return ++position, *this; }
    Iterator operator++(int) { return {position++}; }
    bool operator==(const Iterator&) const = default;
    friend std::ptrdiff_t operator-(const Iterator& a, const Iterator& b) {
      return static_cast<std::ptrdiff_t>(a.position - b.position);
    }
  };
  std::size_t count;
  Iterator begin() const { return {}; }
  Iterator end() const { return {count}; }
};

template <class T>
void CheckOverflows(arena::Arena& a) {
  for (const std::size_t count :
       {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / sizeof(T),
        SIZE_MAX / sizeof(T) + 1, SIZE_MAX / sizeof(T) + 2, kMaxProduct / sizeof(T) + 1,
        kMaxProduct / sizeof(T)}) {
    if (count < kMaxProduct / sizeof(T)) continue;  // the sum wrapped, or the product is possible
    CAPTURE(count, sizeof(T));
    CHECK_THROWS_AS(AllocateSlice<T>(a, 0, count), std::bad_alloc);
    CHECK_THROWS_AS(AllocateSlice<T>(a, count), std::bad_alloc);
    CHECK_THROWS_AS(arena::AllocateSliceForOverwrite<T>(a, 0, count), std::bad_alloc);
  }
}

}  // namespace

TEST_CASE("a slice that cannot exist is refused") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  CheckOverflows<char>(a);
  CheckOverflows<std::uint16_t>(a);
  CheckOverflows<int>(a);
  CheckOverflows<long double>(a);
  CheckOverflows<std::string>(a);
  CheckOverflows<arena_test::OverAligned>(a);
  CHECK(a.Len() == 0);
  CHECK(a.Stats().records == 0);
  CHECK(upstream.LargestRequest() <= kMaxProduct);
}

TEST_CASE("an append that cannot succeed leaves the slice as it was") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  auto numbers = AllocateSlice<int>(a, 3);
  auto words = AllocateSlice<arena_test::Tracked>(a, 3);
  const std::size_t len = a.Len();
  for (const std::size_t count :
       {kMaxProduct, kMaxProduct - 1, kMaxProduct / 4, kMaxProduct / 4 + 1, kMaxProduct / 8}) {
    CAPTURE(count);
    CHECK_THROWS_AS(arena::SliceAppendRange(a, numbers, Claiming{count}), std::bad_alloc);
    CHECK_THROWS_AS(arena::SliceAppendRange(a, words, Claiming{count}), std::bad_alloc);
  }
  CHECK(a.Len() == len);
  CHECK((numbers.size() == 3 && words.size() == 3));
}

TEST_CASE("growth to the double falls back to what is needed", "[places]") {
  SECTION("below a limit") {
    arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
    auto slice = AllocateSlice<char>(a, 600);
    const char* const data = slice.data();
    slice = arena::SliceAppend(a, slice, 'x');
    CHECK(slice.data() == data);  // in place, with what there is
    CHECK(slice.capacity() >= 601);
    CHECK(slice.capacity() <= 1024);
    a.Reset();
    slice = AllocateSlice<char>(a, 500);
    a.Alloc(1, 1);
    slice = arena::SliceAppend(a, slice, 'x');
    CHECK(slice.capacity() == 501);
    CHECK(a.Len() == 500 + 1 + 501);
  }
  SECTION("of elements with destructors") {
    arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
    auto slice = AllocateSlice<arena_test::Tracked>(a, 100);  // 400 bytes and their header
    a.Alloc(1, 1);
    slice = arena::SliceAppend(a, slice, 7);
    CHECK(slice.size() == 101);
    CHECK(slice.capacity() == 101);
    CHECK(slice[100].Id() == 7);
  }
}
