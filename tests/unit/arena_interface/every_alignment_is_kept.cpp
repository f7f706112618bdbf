// SPDX-License-Identifier: Apache-2.0
//
// Any power of two is an alignment, above the page size too, in a fresh buffer as well.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::Fill;
using arena_test::IsAligned;
using arena_test::StillHolds;

namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;

}  // namespace

TEST_CASE("every alignment up to a mebibyte is kept in a fresh arena", "[raw]") {
  // Hostile: upstream aligns to what it is asked for and not a bit more.
  CheckingResource upstream({.hostile = true});
  const std::size_t count = GENERATE(as<std::size_t>{}, 0, 1);
  for (std::size_t alignment = 1; alignment <= kLargest; alignment *= 2) {
    for (std::size_t size : {std::size_t{1}, std::size_t{3}, alignment, alignment + 1}) {
      CAPTURE(count, alignment, size);
      arena::MonotonicArena a({.initial_buffer_count = count, .upstream = &upstream});
      void* block = a.Alloc(size, alignment);
      REQUIRE(IsAligned(block, alignment));
      REQUIRE(a.Len() >= size);
      REQUIRE(a.Len() < size + alignment);
      Fill(block, size, alignment);
      REQUIRE(a.Owns(block));
      REQUIRE(FiguresAgree(a));
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("every alignment is kept behind an odd byte, and neighbours stay apart", "[raw]") {
  CheckingResource upstream({.hostile = true});
  {
    arena::MonotonicArena a({.upstream = &upstream});
    for (std::size_t alignment = 1; alignment <= kLargest; alignment *= 2) {
      CAPTURE(alignment);
      void* before = a.Alloc(1, 1);
      const std::size_t len = a.Len();
      void* block = a.TryAlloc(24, alignment);
      REQUIRE(block != nullptr);
      CHECK(IsAligned(block, alignment));
      CHECK(a.Len() - len >= 24);
      CHECK(a.Len() - len < 24 + alignment);
      void* after = a.Alloc(1, 1);
      Fill(before, 1, 1);
      Fill(block, 24, 2);
      Fill(after, 1, 3);
      CHECK(StillHolds(before, 1, 1));
      CHECK(StillHolds(block, 24, 2));
      CHECK(StillHolds(after, 1, 3));
      CHECK(FiguresAgree(a));
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("every alignment is kept when the window moves to the next buffer", "[raw]") {
  CheckingResource upstream({.hostile = true});
  for (std::size_t alignment = 1; alignment <= 8192; alignment *= 2) {
    CAPTURE(alignment);
    arena::MonotonicArena a(
        {.min_buffer_size = 16 * 1024 + 5, .initial_buffer_count = 2, .upstream = &upstream});
    a.Alloc(16 * 1024, 1);
    const std::size_t cap = a.Cap();
    void* block = a.Alloc(100, alignment);
    CHECK(IsAligned(block, alignment));
    CHECK(a.Cap() == cap);
    Fill(block, 100, 1);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("every alignment is kept after Reset and after Release", "[raw]") {
  CheckingResource upstream({.hostile = true});
  arena::MonotonicArena a({.upstream = &upstream});
  for (std::size_t alignment = 1; alignment <= kLargest; alignment *= 2) {
    CAPTURE(alignment);
    CHECK(IsAligned(a.Alloc(40, alignment), alignment));
    a.Reset();
    CHECK(IsAligned(a.Alloc(40, alignment), alignment));
    a.Release();
    CHECK(IsAligned(a.Alloc(40, alignment), alignment));
  }
}

TEST_CASE("over-aligned types are aligned", "[raw]") {
  struct alignas(4096) Page {
    std::byte bytes[4096];
  };
  struct alignas(64) Line {
    char text[64];
  };
  arena::MonotonicArena a;
  for (int i = 0; i < 20; ++i) {
    a.Alloc(1, 1);
    CHECK(IsAligned(arena::Allocate<Line>(a), 64));
    a.Alloc(1, 1);
    CHECK(IsAligned(arena::Allocate<Page>(a), 4096));
  }
}
