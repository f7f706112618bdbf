// SPDX-License-Identifier: Apache-2.0
//
// What can never be met fails cleanly: sizes beyond PTRDIFF_MAX, sums that would wrap, alignments
// that are no power of two.
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

namespace {

constexpr std::size_t kMax = PTRDIFF_MAX;
constexpr std::size_t kTopBit = std::size_t{1} << (sizeof(std::size_t) * 8 - 1);

struct Refused {
  std::size_t size;
  std::size_t alignment;
};

constexpr Refused kImpossible[] = {
    {kMax + 1, 1},
    {kMax + 1, 16},
    {SIZE_MAX, 1},
    {SIZE_MAX, 16},
    {SIZE_MAX, kTopBit},
    {SIZE_MAX - 1, 2},
    {SIZE_MAX - 15, 16},
    {SIZE_MAX - 16, 16},
    {SIZE_MAX - 4095, 4096},
    {SIZE_MAX / 2 + 1, 8},
    {kMax, 2},
    {kMax - 14, 16},
    {1, kTopBit},
    {kMax, kTopBit},
    {kTopBit, kTopBit},
    {1, 0},
    {64, 0},
    {SIZE_MAX, 0},
    {1, 3},
    {1, 5},
    {1, 6},
    {8, 12},
    {8, 24},
    {100, 48},
    {1, kTopBit + 1},
    {1, SIZE_MAX},
    {1, SIZE_MAX - 1},
    {SIZE_MAX, SIZE_MAX},
};

// Possible in principle, but no machine has them.
constexpr Refused kRefused[] = {
    {kMax, 1},
    {kMax - 15, 16},
    {kMax / 2 + 1, 1},
    {kMax - 4096, 4096},
    {1, kTopBit / 2},
    {kTopBit / 2, kTopBit / 2},
    {arena_test::kMoreThanThereIs, 16},
    {arena_test::kMoreThanThereIs - 1000, 64},
};

void CheckRefused(arena::MonotonicArena& a, const Refused& request) {
  CAPTURE(request.size, request.alignment);
  const std::string before = Figures(a);
  CHECK(a.TryAlloc(request.size, request.alignment) == nullptr);
  CHECK_THROWS_AS(a.Alloc(request.size, request.alignment), std::bad_alloc);
  CHECK(Figures(a) == before);
}

void CheckAllRefused(arena::MonotonicArena& a, CheckingResource& upstream) {
  const std::size_t calls = upstream.Calls();
  for (const Refused& request : kImpossible) CheckRefused(a, request);
  CHECK(upstream.Calls() == calls);  // nobody else is bothered with these
  for (const Refused& request : kRefused) CheckRefused(a, request);
}

}  // namespace

TEST_CASE("impossible requests change nothing", "[raw]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
    SECTION("of a fresh arena") { CheckAllRefused(a, upstream); }
    SECTION("of an arena with allocations") {
      void* block = a.Alloc(77, 1);
      arena_test::Fill(block, 77, 1);
      CheckAllRefused(a, upstream);
      CHECK(arena_test::StillHolds(block, 77, 1));
      CHECK(arena_test::LiesAt(a.Alloc(10, 1), arena_test::At(block, 77)));
    }
    SECTION("of an arena whose window is full") {
      a.Alloc(1000, 1);
      CheckAllRefused(a, upstream);
    }
    SECTION("of an arena with an oversized chunk") {
      void* block = a.Alloc(5000, 1);
      arena_test::Fill(block, 5000, 2);
      CheckAllRefused(a, upstream);
      CHECK(arena_test::StillHolds(block, 5000, 2));
    }
    SECTION("of an arena that holds nothing") {
      a.Release();
      CheckAllRefused(a, upstream);
      CHECK(a.Cap() == 0);
    }
    SECTION("inside a scope") {
      const arena::ArenaScope scope(a);
      a.Alloc(10, 1);
      CheckAllRefused(a, upstream);
    }
    CHECK(a.TryAlloc(16, 16) != nullptr);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("impossible requests change nothing below a limit", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .limit = 10000, .upstream = &upstream});
  a.Alloc(10, 1);
  CheckAllRefused(a, upstream);
  CHECK(a.Cap() == 1000);
}

TEST_CASE("a decorator refuses what the arena refuses", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena base({.upstream = &upstream});
  arena::ConcurrentArena shared(base);
  base.Alloc(10, 1);
  const std::string before = Figures(base);
  for (const Refused& request : kImpossible) {
    CAPTURE(request.size, request.alignment);
    CHECK(shared.TryAlloc(request.size, request.alignment) == nullptr);
    CHECK_THROWS_AS(shared.Alloc(request.size, request.alignment), std::bad_alloc);
  }
  CHECK(Figures(base) == before);
}
