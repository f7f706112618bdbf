// SPDX-License-Identifier: Apache-2.0
//
// [allocator.requirements]: allocate gives room for n elements, aligned for them, and reports what
// cannot be had.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#include "support/catch.hpp"

namespace {

struct alignas(256) Aligned256 {
  unsigned char bytes[256];
};
struct Odd {
  char bytes[3];
};

template <class T>
bool IsAlignedArray(const T* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignof(T) == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("memory for n elements is aligned, and is n elements long", "[allocator]", char,
                   Odd, std::uint16_t, int, double, std::max_align_t, Aligned256) {
  arena::MonotonicArena a;
  arena::Allocator<TestType> allocator = a;
  for (const std::size_t count : {1u, 2u, 3u, 7u, 100u}) {
    static_cast<void>(a.Alloc(1, 1));
    const std::size_t before = a.Len();
    TestType* const elements = allocator.allocate(count);
    CHECK(IsAlignedArray(elements));
    CHECK(a.Owns(elements));
    CHECK(a.Owns(reinterpret_cast<const char*>(elements + count) - 1));
    CHECK(a.Len() - before >= count * sizeof(TestType));
    CHECK(a.Len() - before < count * sizeof(TestType) + alignof(TestType));
    allocator.deallocate(elements, count);
  }
}

TEST_CASE("memory for no elements is a pointer that can be given back", "[allocator]") {
  arena::MonotonicArena a;
  arena::Allocator<int> allocator = a;
  int* const nothing = allocator.allocate(0);
  CHECK(nothing != nullptr);
  CHECK(a.Len() == 0);
  allocator.deallocate(nothing, 0);
}

TEST_CASE("a number of elements whose size overflows is a std::bad_alloc", "[allocator]") {
  arena::MonotonicArena a;
  static_cast<void>(a.Alloc(100));
  const arena::ArenaStats before = a.Stats();
  arena::Allocator<double> allocator = a;
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  for (std::size_t count : {kMost, kMost / 2, kMost / sizeof(double), kMost / sizeof(double) + 1,
                            kMost / 2 / sizeof(double) + 1}) {
    CHECK_THROWS_AS(static_cast<void>(allocator.allocate(count)), std::bad_alloc);
  }
  CHECK(a.Stats().len == before.len);
  CHECK(a.Stats().cap == before.cap);
  CHECK(a.Stats().peak == before.peak);
}

TEST_CASE("deallocate gives nothing back", "[allocator]") {
  arena::MonotonicArena a;
  arena::Allocator<int> allocator = a;
  int* const first = allocator.allocate(10);
  const std::size_t before = a.Len();
  allocator.deallocate(first, 10);
  CHECK(a.Len() == before);
  CHECK(allocator.allocate(10) != first);
}
