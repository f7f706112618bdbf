// SPDX-License-Identifier: Apache-2.0
//
// All pages of a small block are there at once, which is cheaper than a fault for each; those of a
// large one, and a single page, come as they are used.
#include <arena/guard.hpp>
#include <arena/page_resource.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

#if defined(__linux__)
#include <sys/mman.h>

namespace {

constexpr std::size_t kPage = 4096;

// How many of the pages that the block lies in are in memory.
std::size_t Resident(void* block, std::size_t size) {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) % kPage;
  std::vector<unsigned char> pages((offset + size + kPage - 1) / kPage);
  REQUIRE(::mincore(static_cast<std::byte*>(block) - offset, offset + size, pages.data()) == 0);
  std::size_t resident = 0;
  for (const unsigned char page : pages) resident += page & 1U;
  return resident;
}

// Older kernels do not know the call.
bool CanFaultIn() {
#if defined(MADV_POPULATE_WRITE)
  arena::PageResource pages;
  void* const page = pages.allocate(kPage);
  const bool can = ::madvise(page, kPage, MADV_POPULATE_WRITE) == 0;
  pages.deallocate(page, kPage);
  return can;
#else
  return false;
#endif
}

}  // namespace

TEST_CASE(
    "the pages of small blocks are there at once, a single one and those of large ones are not",
    "[guard][kernel]") {
  if (arena::PageResource::PageSize() != kPage || !CanFaultIn()) return;
  constexpr std::size_t kSmall = 30 * kPage, kLarge = 300 * kPage;
  // Not more addresses than needed: with 32 bits there may not be as many in one piece.
  arena::GuardResource guard({.slot_count = 4, .max_block_size = kLarge});
  void* const page_block = guard.allocate(kPage, kPage);
  void* const small_block = guard.allocate(kSmall, kPage);
  void* const large_block = guard.allocate(kLarge, kPage);
  CHECK(guard.Stats().guarded == 3);
  CHECK(Resident(page_block, kPage) == 0);
  CHECK(Resident(small_block, kSmall) == 30);
  CHECK(Resident(large_block, kLarge) == 0);
  guard.deallocate(page_block, kPage, kPage);
  guard.deallocate(small_block, kSmall, kPage);
  guard.deallocate(large_block, kLarge, kPage);
}
#endif
