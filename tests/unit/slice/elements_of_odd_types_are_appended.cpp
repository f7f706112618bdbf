// SPDX-License-Identifier: Apache-2.0
//
// What a container of the standard library takes for elements and ranges, a slice takes, too.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <iterator>
#include <utility>

#include "support/catch.hpp"

namespace {

struct CopiedExplicitly {
  explicit CopiedExplicitly(int n) : number(n) {}
  explicit CopiedExplicitly(const CopiedExplicitly& other) : number(other.number) {}
  CopiedExplicitly& operator=(const CopiedExplicitly&) = default;
  ~CopiedExplicitly() {}
  int number;
};

struct AllocatorAlone {
  using allocator_type = arena::Allocator<std::byte>;
  explicit AllocatorAlone(allocator_type in) : numbers(in) {}
  arena::Vector<int> numbers;
};

// Iterators whose comma operator is deleted.
struct StairIterator {
  using value_type = int;
  using difference_type = std::ptrdiff_t;
  const int& operator*() const { return *at; }
  StairIterator& operator++() {
    ++at;
    return *this;
  }
  StairIterator operator++(int) { return {at++}; }
  bool operator==(const StairIterator&) const = default;
  template <class T>
  friend void operator,(const T&, const StairIterator&) = delete;
  template <class T>
  friend void operator,(const StairIterator&, const T&) = delete;
  const int* at = nullptr;
};
struct Stairs {
  StairIterator begin() const { return {first}; }
  StairIterator end() const { return {last}; }
  // The members count, not these.
  friend StairIterator begin(const Stairs&) = delete;
  friend StairIterator end(const Stairs&) = delete;
  const int* first;
  const int* last;
};

struct NotPlainNumber {
  NotPlainNumber(int n = 0) : number(n) {}  // NOLINT(google-explicit-constructor)
  ~NotPlainNumber() {}
  int number;
};

}  // namespace

TEST_CASE("elements whose copy constructor is explicit") {
  arena::MonotonicArena a;
  const CopiedExplicitly four(4);
  arena::Slice<CopiedExplicitly> slice;
  for (int i = 0; i < 5; ++i) slice = arena::SliceAppend(a, slice, four);
  slice = arena::SliceAppend(a, slice, four, four);
  slice = arena::SliceAppendRange(a, slice, slice);
  CHECK(slice.size() == 14);
  CHECK(slice[13].number == 4);
}

TEST_CASE("elements that are constructed from the arena's allocator alone") {
  arena::MonotonicArena a;
  const auto parts = arena::AllocateSlice<AllocatorAlone>(a, 3);
  const auto more = arena::AllocateSliceForOverwrite<AllocatorAlone>(a, 2, 2);
  parts[0].numbers.push_back(2);
  CHECK(&parts[2].numbers.get_allocator().arena() == &a);
  CHECK(&more[1].numbers.get_allocator().arena() == &a);
}

TEST_CASE("a range whose iterators have no comma, and whose begin is a member") {
  arena::MonotonicArena a;
  const int numbers[] = {1, 2, 3};
  const Stairs range{numbers, numbers + 3};
  const auto plain = arena::SliceAppendRange(a, arena::Slice<int>(), range);
  CHECK(plain[2] == 3);
  arena::Slice<NotPlainNumber> objects = arena::AllocateSlice<NotPlainNumber>(a, 1, 6);
  const auto older = objects;
  objects = arena::SliceAppendRange(a, objects, range);  // within the capacity
  objects = arena::SliceAppendRange(a, older, range);    // over elements that are there
  objects = arena::SliceAppendRange(a, objects, range);  // beyond it
  CHECK(objects.size() == 7);
  CHECK(objects[6].number == 3);
}
