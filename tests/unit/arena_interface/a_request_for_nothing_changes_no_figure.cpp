// SPDX-License-Identifier: Apache-2.0
//
// Alloc(0) returns a non-null, aligned pointer and changes no figure.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::IsAligned;

namespace {

void CheckZeroSizes(arena::MonotonicArena& a) {
  const std::string before = Figures(a);
  for (std::size_t alignment = 1; alignment <= SIZE_MAX / 4 + 1; alignment *= 2) {
    CAPTURE(alignment);
    void* block = a.Alloc(0, alignment);
    CHECK(block != nullptr);
    CHECK(IsAligned(block, alignment));
    block = a.TryAlloc(0, alignment);
    CHECK(block != nullptr);
    CHECK(IsAligned(block, alignment));
  }
  CHECK(IsAligned(a.Alloc(0), alignof(std::max_align_t)));
  CHECK(Figures(a) == before);
}

}  // namespace

TEST_CASE("Alloc(0) changes no figure", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 100, .upstream = &upstream});
  const std::size_t calls = upstream.Calls();
  SECTION("of a fresh arena") { CheckZeroSizes(a); }
  SECTION("of a used arena") {
    a.Alloc(7, 1);
    CheckZeroSizes(a);
    // And the next block is where it would have been.
    CHECK(a.Len() == 7);
    a.Alloc(1, 1);
    CHECK(a.Len() == 8);
  }
  SECTION("of an arena whose window is full") {
    a.Alloc(100, 1);
    CheckZeroSizes(a);
  }
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("Alloc(0) takes no buffer for an empty arena", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  CheckZeroSizes(a);
  CHECK(upstream.Calls() == 0);
  a.Alloc(1, 1);
  a.Release();
  const std::size_t calls = upstream.Calls();
  CheckZeroSizes(a);
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("Alloc(0) needs no memory where there is none", "[raw]") {
  arena::MonotonicArena a({.initial_buffer_count = 0, .limit = 0});
  CheckZeroSizes(a);
  CHECK(a.TryAlloc(1, 1) == nullptr);
}

TEST_CASE("Alloc(0) refuses an alignment that is no power of two", "[raw]") {
  arena::MonotonicArena a;
  for (std::size_t alignment : {std::size_t{0}, std::size_t{3}, std::size_t{24}, SIZE_MAX}) {
    CAPTURE(alignment);
    CHECK(a.TryAlloc(0, alignment) == nullptr);
    CHECK_THROWS_AS(a.Alloc(0, alignment), std::bad_alloc);
  }
}

TEST_CASE("Alloc(0) through a decorator changes no figure either", "[raw]") {
  arena::MonotonicArena base({.initial_buffer_count = 0});
  arena::ConcurrentArena shared(base);
  CHECK(IsAligned(shared.Alloc(0, 64), 64));
  CHECK(shared.TryAlloc(0, 1) != nullptr);
  CHECK(shared.Len() == 0);
  CHECK(shared.Cap() == 0);
}
