// SPDX-License-Identifier: Apache-2.0
//
// A dedicated buffer's size is rounded up to a size class; its surplus is an unused tail; only that
// exact class is reused.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

namespace {

std::size_t ClassOf(std::size_t size) {
  for (std::size_t octave = 64;; octave *= 2) {
    for (std::size_t quarter = 4; quarter < 8; ++quarter) {
      if (octave / 4 * quarter >= size) return octave / 4 * quarter;
    }
  }
}

}  // namespace

TEST_CASE("an oversized chunk has the size of its class", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
    for (std::size_t size = 65; size < 5000; size += size < 600 ? 1 : 13) {
      CAPTURE(size);
      const arena::ArenaStats before = a.Stats();
      void* block = a.Alloc(size, 1);
      arena_test::Fill(block, size, size);
      REQUIRE(a.Cap() - before.cap == ClassOf(size));
      REQUIRE(a.Len() - before.len == size);
      REQUIRE(a.Stats().waste - before.waste == ClassOf(size) - size);
      REQUIRE(a.Stats().buffers == before.buffers + 1);
      REQUIRE(FiguresAgree(a));
    }
    CHECK(a.Stats().free == 64);  // the window has not moved
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("an alignment above 16 adds to what the class must hold", "[monotonic]") {
  CheckingResource upstream({.hostile = true});
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    CAPTURE(alignment);
    const arena::ArenaStats before = a.Stats();
    void* block = a.Alloc(1000, alignment);
    arena_test::Fill(block, 1000, alignment);
    CHECK(arena_test::IsAligned(block, alignment));
    CHECK(a.Cap() - before.cap == ClassOf(alignment <= 16 ? 1000 : 1000 + alignment - 1));
    CHECK(a.Len() - before.len >= 1000);
    CHECK(a.Len() - before.len < 1000 + alignment);
    CHECK(FiguresAgree(a));
  }
}

TEST_CASE("after Reset an oversized chunk serves any request of its class", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
  a.Alloc(9000, 1);  // 10240
  const std::size_t cap = a.Cap();
  const std::size_t calls = upstream.Calls();
  for (const std::size_t size : {10240u, 8193u, 9999u, 9000u}) {
    CAPTURE(size);
    a.Reset();
    CHECK(a.Cap() == cap);
    CHECK(a.Stats().free == cap);
    arena_test::Fill(a.Alloc(size, 1), size, size);
    CHECK(a.Len() == size);
    CHECK(a.Stats().waste == 10240 - size);
    CHECK(a.Cap() == cap);
  }
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("after Reset an oversized chunk does not serve another class", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
  a.Alloc(9000, 1);  // 10240
  const std::size_t cap = a.Cap();
  for (const std::size_t size : {8192u, 5000u, 100u, 10241u, 100000u}) {
    CAPTURE(size);
    a.Release();
    a.Alloc(9000, 1);
    a.Reset();
    const std::size_t calls = upstream.Calls();
    a.Alloc(1, 1);
    a.Alloc(size, 1);
    CHECK(a.Cap() == cap + ClassOf(size));
    CHECK(upstream.Calls() == calls + 2);
  }
}

TEST_CASE("oversized chunks of all classes at once are kept apart", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
    std::vector<std::size_t> sizes;
    for (std::size_t size = 70; size < 200000; size += size / 5) {
      sizes.insert(sizes.end(), 3, size);
    }
    for (const std::size_t size : sizes) arena_test::Fill(a.Alloc(size, 1), size, size);
    const std::size_t cap = a.Cap();
    const std::size_t calls = upstream.Calls();
    for (int round = 0; round < 6; ++round) {
      CAPTURE(round);
      a.Reset();
      // In another order each time.
      std::rotate(sizes.begin(), sizes.begin() + 7 * (round + 1), sizes.end());
      if (round % 2 == 1) std::reverse(sizes.begin(), sizes.end());
      std::vector<void*> blocks;
      for (const std::size_t size : sizes) {
        blocks.push_back(a.Alloc(size, 1));
        arena_test::Fill(blocks.back(), size, blocks.size());
      }
      bool intact = true;
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        intact = intact && arena_test::StillHolds(blocks[i], sizes[i], i + 1);
      }
      CHECK(intact);
      CHECK(a.Cap() == cap);
      CHECK(FiguresAgree(a));
    }
    CHECK(upstream.Calls() == calls);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("one more of a class than were kept takes one more buffer", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
  for (std::size_t round = 1; round <= 20; ++round) {
    a.Reset();
    const std::size_t allocations = upstream.Allocations();
    for (std::size_t i = 0; i < round; ++i) a.Alloc(1000, 1);
    CAPTURE(round);
    CHECK(upstream.Allocations() == allocations + 1);
    CHECK(a.Cap() == 64 + 1024 * round);
    CHECK(a.Stats().waste == 24 * round);
  }
}

TEST_CASE("Release gives oversized chunks back", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  for (const std::size_t size : {40000u, 50000u, 40000u, 1000000u}) a.Alloc(size, 1);
  SECTION("at once") {}
  SECTION("after Reset, some of them in use") {
    a.Reset();
    a.Alloc(40000, 1);
  }
  a.Release();
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(a.Stats().buffers == 0);
  CHECK(Figures(a) == "len 0, cap 0, peak 1130000, buffers 0, records 0, waste 0, free 0");
}
