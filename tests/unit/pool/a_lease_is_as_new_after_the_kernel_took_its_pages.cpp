// SPDX-License-Identifier: Apache-2.0
//
// Leases after the kernel took the pages of idle arenas: Reclaim::kNow makes it take them at once,
// through the code that otherwise only offers them.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/detail/core/sanitizer.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"
#include "support/pools.hpp"
#include "support/raw_memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace {

using arena_test::FakeClock;

arena::ArenaPoolOptions TakenAtOnce() {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.reclaim = arena::Reclaim::kNow;
  options.offer_after = std::chrono::seconds(1);
  options.max_idle_age = std::chrono::hours(1);
  return options;
}

// Lets the pool notice that its idle arenas are no longer young.
void LetThePagesGo(arena::ArenaPool& pool) {
  FakeClock::Advance(std::chrono::seconds(2));
  pool.ShrinkTo(SIZE_MAX);
}

// Teaches the key that its requests need about that much.
void Teach(arena::ArenaPool& pool, std::uint64_t key, std::size_t bytes) {
  for (int i = 0; i < 3; ++i) {
    const arena::ArenaLease lease = pool.Acquire(key);
    lease->Alloc(bytes, 1);
  }
}

#if defined(__linux__)
bool IsResident(const void* page) {
  unsigned char resident = 0;
  return ::mincore(const_cast<void*>(page), 1, &resident) == 0 && (resident & 1) != 0;
}
#endif

// All that an arena is used for, checked at the end.
void UseThoroughly(arena::MonotonicArena& arena, std::size_t bytes, std::size_t seed) {
  const std::size_t len = arena.Len();
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < 16; ++i) {
    blocks.push_back(arena.Alloc(bytes / 32, std::size_t{1} << (i % 8)));
    arena_test::Fill(blocks.back(), bytes / 32, seed + i);
    arena::Allocate<arena_test::Tracked>(arena, static_cast<int>(i));
  }
  auto* const words = arena::Allocate<std::pmr::vector<std::pmr::string>>(arena);
  for (int i = 0; i < 50; ++i) words->emplace_back("a word that does not fit a small string");
  auto numbers = arena::AllocateSlice<int>(arena, 0, 10);
  for (int i = 0; i < 1000; ++i) numbers = arena::SliceAppend(arena, numbers, i);
  {
    const arena::ArenaScope scope(arena);
    arena_test::Fill(arena.Alloc(bytes / 8), bytes / 8, seed);
    arena::Allocate<arena_test::Tracked>(arena, -1);
  }
  for (std::size_t i = 0; i < 16; ++i) {
    REQUIRE(arena_test::StillHolds(blocks[i], bytes / 32, seed + i));
  }
  REQUIRE(words->size() == 50);
  REQUIRE((*words)[49] == "a word that does not fit a small string");
  REQUIRE(numbers.size() == 1000);
  REQUIRE(numbers[999] == 999);
  REQUIRE(arena.Len() > len + bytes / 2);
  REQUIRE(arena.Owns(blocks.back()));
}

}  // namespace

TEST_CASE("a lease is as good as new after the kernel took its pages", "[pool]") {
  arena_test::LifetimeLog log;
  const bool huge_pages = GENERATE(false, true);
  CAPTURE(huge_pages);
  arena::ArenaPoolOptions options = TakenAtOnce();
  options.pages.huge_pages = huge_pages;
  {
    arena::ArenaPool pool(options);
    const std::size_t bytes = huge_pages ? 5'000'000 : 1'000'000;
    Teach(pool, 1, bytes + 100'000);
    std::uint64_t offered = pool.Stats().offered_bytes;
    for (std::size_t round = 0; round < 6; ++round) {
      CAPTURE(round);
      {
        const arena::ArenaLease lease = pool.Acquire(1);
        REQUIRE(lease->Len() == 0);
        REQUIRE(lease->Stats().free == lease->Cap());
        UseThoroughly(*lease, bytes, round);
        REQUIRE(lease->Stats().buffers == 1);
      }
      REQUIRE(pool.Stats().idle == 1);
      LetThePagesGo(pool);
      // All of it but the page with the header and what the end has of another.
      REQUIRE(pool.Stats().offered_bytes - offered >=
              pool.Stats().idle_bytes - 2 * arena::PageResource::PageSize());
      offered = pool.Stats().offered_bytes;
    }
    CHECK(pool.Stats().reused == 2 + 5);
  }
  CHECK(log.Check().empty());
  CHECK(log.Destructions() == 6 * 17);
}

#if defined(__linux__)
TEST_CASE("the kernel did take the pages, and the arena is the same", "[pool][places]") {
  arena::ArenaPool pool(TakenAtOnce());
  Teach(pool, 1, 1'000'000);
  const std::size_t page = arena::PageResource::PageSize();
  const std::byte* place = nullptr;
  const void* first = nullptr;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    first = lease->Alloc(1, 1);
    void* const block = lease->Alloc(900'000, 1);
    arena_test::Fill(block, 900'000, 7);
    const std::uintptr_t inside = arena_test::AddressOf(block) + 400'000;
    place = arena_test::At(block, 400'000 + (page - inside % page) % page);
    REQUIRE(IsResident(place));
  }
  CHECK(IsResident(place));
  LetThePagesGo(pool);
  CHECK_FALSE(IsResident(place));

  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(lease->Alloc(1, 1) == first);
  lease->Alloc(900'000, 1);
  CHECK(lease->Owns(place));
  CHECK(std::all_of(place, place + page, [](std::byte byte) { return byte == std::byte{0}; }));
}
#endif

TEST_CASE("an arena whose pages are gone can be shrunk, released and destroyed", "[pool]") {
  arena::ArenaPool pool(TakenAtOnce());
  Teach(pool, 1, 500'000);
  LetThePagesGo(pool);
  {
    arena::ArenaLease lease = pool.Acquire(1);
    lease->Release();
    CHECK(lease->Cap() == 0);
    UseThoroughly(*lease, 100'000, 1);
  }
  Teach(pool, 1, 500'000);
  LetThePagesGo(pool);
  {
    arena::ArenaLease lease = pool.Acquire(1);
    lease->ShrinkTo(0);
    CHECK(lease->Cap() == 0);
  }
  Teach(pool, 1, 500'000);
  LetThePagesGo(pool);
  pool.ShrinkTo(0);
  CHECK(pool.Stats().idle == 0);
  Teach(pool, 1, 500'000);
  LetThePagesGo(pool);
  CHECK(pool.Stats().idle == 1);  // and goes with the pool
}

#if ARENA_ASAN
TEST_CASE("what is idle is poisoned, before and after the kernel took it", "[pool][places]") {
  arena::ArenaPool pool(TakenAtOnce());
  Teach(pool, 1, 500'000);
  void* block = nullptr;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    block = lease->Alloc(400'000, 8);
    CHECK(__asan_region_is_poisoned(block, 400'000) == nullptr);
  }
  const auto all_poisoned = [block] {
    for (std::size_t i = 0; i < 400'000; i += 8) {
      if (__asan_address_is_poisoned(arena_test::At(block, i)) == 0) return false;
    }
    return true;
  };
  CHECK(all_poisoned());
  LetThePagesGo(pool);
  CHECK(all_poisoned());
  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(all_poisoned());
  CHECK(lease->Alloc(400'000, 8) == block);
  CHECK(__asan_region_is_poisoned(block, 400'000) == nullptr);
}
#endif
