// SPDX-License-Identifier: Apache-2.0
//
// Typed allocation and slices of types whose alignment is above that of the heap.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::BasicTracked;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;

namespace {

template <std::size_t kAlignment>
struct alignas(kAlignment) Aligned {
  char bytes[kAlignment];
};

template <class T>
bool IsAlignedObject(const T* object) {
  return reinterpret_cast<std::uintptr_t>(object) % alignof(T) == 0;
}

template <std::size_t kAlignment>
void AllocateKinds(arena::Arena& a) {
  CAPTURE(kAlignment);
  a.Alloc(1, 1);
  CHECK(IsAlignedObject(arena::Allocate<Aligned<kAlignment>>(a)));
  a.Alloc(3, 1);
  CHECK(IsAlignedObject(arena::TryAllocate<Aligned<kAlignment>>(a)));
  a.Alloc(5, 1);
  CHECK(IsAlignedObject(arena::AllocateSlice<Aligned<kAlignment>>(a, 2).data()));
  using T = BasicTracked<true, kAlignment>;  // checks its own alignment
  arena::Allocate<T>(a, 1);
  a.Alloc(7, 1);
  arena::Slice<T> slice;
  for (int i = 0; i < 9; ++i) slice = arena::SliceAppend(a, slice, i);
  a.Alloc(1, 1);
  slice = arena::SliceAppend(a, std::move(slice), 9, 10, 11, 12, 13, 14, 15, 16);
  CHECK(slice[16].Id() == 16);
}

template <class Arena>
void AllocateAlignments(Arena& a) {
  AllocateKinds<16>(a);
  AllocateKinds<32>(a);
  AllocateKinds<64>(a);
  AllocateKinds<256>(a);
  AllocateKinds<4096>(a);
  AllocateKinds<8192>(a);
}

}  // namespace

TEST_CASE("objects are aligned in every kind of arena") {
  CheckingResource upstream({.hostile = true});
  LifetimeLog log;
  SECTION("monotonic") {
    arena::MonotonicArena a({.upstream = &upstream});
    AllocateAlignments(a);
    a.Reset();
    AllocateAlignments(a);
  }
  SECTION("monotonic with small buffers") {
    arena::MonotonicArena a(
        {.min_buffer_size = 64, .max_buffer_size = 64, .limit = 1 << 20, .upstream = &upstream});
    AllocateAlignments(a);
  }
  SECTION("concurrent") {
    arena::MonotonicArena base({.upstream = &upstream});
    arena::ConcurrentArena a(base);
    AllocateAlignments(a);
  }
  SECTION("without a window") {
    arena_test::WindowlessArena a(upstream);
    AllocateAlignments(a);
  }
  SECTION("with a window that moves") {
    arena_test::HoppingArena a(upstream, 1000);
    AllocateAlignments(a);
  }
  CHECK(upstream.Check() == "");
  CHECK(log.Constructions() > 0);
  CHECK(log.Check() == "");
}
