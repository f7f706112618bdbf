// SPDX-License-Identifier: Apache-2.0
//
// When all slots are live, or a block is too large, the block is a plain one.
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"
#include "support/raw_memory.hpp"

using arena::GuardResource;
using arena::GuardStats;

namespace {

void CheckStats(const GuardStats& stats, std::uint64_t guarded, std::uint64_t unguarded,
                std::size_t live, std::size_t quarantined) {
  CHECK(stats.guarded == guarded);
  CHECK(stats.unguarded == unguarded);
  CHECK(stats.live == live);
  CHECK(stats.quarantined == quarantined);
}

}  // namespace

TEST_CASE("with all slots live, blocks are not guarded, and then they are again", "[guard]") {
  GuardResource guard({.name = "two", .slot_count = 2});
  CHECK(guard.Name() == "two");
  CheckStats(guard.Stats(), 0, 0, 0, 0);
  void* const first = guard.allocate(100);
  void* const second = guard.allocate(100);
  CheckStats(guard.Stats(), 2, 0, 2, 0);
  void* const third = guard.allocate(1000, 256);
  CheckStats(guard.Stats(), 2, 1, 2, 0);
  REQUIRE(arena_test::IsAligned(third, 256));
  arena_test::Fill(third, 1000, 3);
  guard.deallocate(first, 100);
  CheckStats(guard.Stats(), 2, 1, 1, 1);
  void* const fourth = guard.allocate(100);
  CheckStats(guard.Stats(), 3, 1, 2, 0);
  CHECK(fourth == first);
  CHECK(arena_test::StillHolds(third, 1000, 3));
  guard.deallocate(third, 1000, 256);
  guard.deallocate(second, 100);
  guard.deallocate(fourth, 100);
  CheckStats(guard.Stats(), 3, 1, 0, 2);
}

TEST_CASE("a block above the largest size is not guarded", "[guard]") {
  GuardResource guard({.slot_count = 4, .max_block_size = 64 * 1024});
  const std::size_t sizes[] = {64 * 1024, 64 * 1024 + 1, std::size_t{1} << 20};
  std::vector<void*> blocks;
  for (const std::size_t size : sizes) {
    blocks.push_back(guard.allocate(size, 1));
    arena_test::Fill(blocks.back(), size, size);
  }
  CheckStats(guard.Stats(), 1, 2, 1, 0);
  // What its alignment may cost counts, too.
  void* const aligned = guard.allocate(60 * 1024, 8192);
  CHECK(arena_test::IsAligned(aligned, 8192));
  CheckStats(guard.Stats(), 1, 3, 1, 0);
  guard.deallocate(aligned, 60 * 1024, 8192);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    CHECK(arena_test::StillHolds(blocks[i], sizes[i], sizes[i]));
    guard.deallocate(blocks[i], sizes[i], 1);
  }
}

TEST_CASE("a block of just the largest size is guarded, at each alignment of a page", "[guard]") {
  constexpr std::size_t kSize = 64 * 1024;
  const std::size_t alignment = GENERATE(1u, 16u, 64u, 4096u);
  CAPTURE(alignment);
  GuardResource guard({.slot_count = 4, .max_block_size = kSize});
  void* const block = guard.allocate(kSize, alignment);
  REQUIRE(arena_test::IsAligned(block, alignment));
  arena_test::Fill(block, kSize, alignment);
  CHECK(arena_test::StillHolds(block, kSize, alignment));
  CHECK_FALSE(arena_test::IsReadable(static_cast<std::byte*>(block) + kSize));
  CheckStats(guard.Stats(), 1, 0, 1, 0);
  guard.deallocate(block, kSize, alignment);
  // One that its alignment takes above that is not.
  void* const longer = guard.allocate(kSize - 1, 2 * kSize);
  CheckStats(guard.Stats(), 1, 1, 0, 1);
  guard.deallocate(longer, kSize - 1, 2 * kSize);
}

TEST_CASE("a guard without slots, or with more than there are addresses, serves", "[guard]") {
  const std::size_t slots = GENERATE(std::size_t{0}, SIZE_MAX, SIZE_MAX / 1024);
  CAPTURE(slots);
  GuardResource guard({.slot_count = slots});
  void* const block = guard.allocate(100);
  arena_test::Fill(block, 100, 1);
  CHECK(arena_test::StillHolds(block, 100, 1));
  guard.deallocate(block, 100);
  CheckStats(guard.Stats(), 0, 1, 0, 0);
}

TEST_CASE("slots larger than there are addresses become smaller", "[guard][kernel]") {
  const std::size_t size = GENERATE(SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2048);
  CAPTURE(size);
  GuardResource guard({.slot_count = 1024, .max_block_size = size});
  void* const block = guard.allocate(1000);
  arena_test::Fill(block, 1000, 1);
  guard.deallocate(block, 1000);
  CHECK_FALSE(arena_test::IsReadable(block));
  CheckStats(guard.Stats(), 1, 0, 0, 1);
}

TEST_CASE("what no resource can serve is refused with std::bad_alloc", "[guard]") {
  GuardResource guard;
  volatile std::size_t size = SIZE_MAX;  // not a constant, which compilers would warn of
  CHECK_THROWS_AS(guard.allocate(size), std::bad_alloc);
  size = SIZE_MAX / 2;
  CHECK_THROWS_AS(guard.allocate(size), std::bad_alloc);
  volatile std::size_t odd = 3;  // likewise
  CHECK_THROWS_AS(guard.allocate(1, odd), std::bad_alloc);
  odd = 0;
  CHECK_THROWS_AS(guard.allocate(1, odd), std::bad_alloc);
  CheckStats(guard.Stats(), 0, 0, 0, 0);
}
#endif
