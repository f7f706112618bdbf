// SPDX-License-Identifier: Apache-2.0
//
// Huge pages are advice: blocks are laid out for them and work without them.
#include <arena/arena.hpp>
#include <arena/page_resource.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

#include "support/catch.hpp"
#include "support/raw_memory.hpp"

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

#if defined(__linux__)
// Whether the kernel says of the mapping with that address that it was advised; -1: it does not
// tell.
int IsAdvised(const void* pointer) {
  std::FILE* const file = std::fopen("/proc/self/smaps", "r");
  if (file == nullptr) return -1;
  const auto address = static_cast<unsigned long long>(arena_test::AddressOf(pointer));
  char line[512];
  bool within = false;
  int advised = -1;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    unsigned long long first = 0, last = 0;
    if (std::sscanf(line, "%llx-%llx ", &first, &last) == 2) {
      within = address >= first && address < last;
    } else if (within && std::strncmp(line, "VmFlags:", 8) == 0) {
      advised = std::strstr(line, " hg") != nullptr ? 1 : 0;
    }
  }
  std::fclose(file);
  return advised;
}

// Whether there are any to be had.
bool KernelHasHugePages() {
  std::FILE* const file = std::fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
  if (file == nullptr) return false;
  std::fclose(file);
  return true;
}
#endif

}  // namespace

TEST_CASE("with huge pages large blocks are aligned to them, small ones are not",
          "[page_resource]") {
  arena::PageResource pages({.huge_pages = true});
  for (const std::size_t size : {kHugePage, kHugePage + 1, 5 * kHugePage, 3 * kHugePage + 12'345}) {
    CAPTURE(size);
    void* const block = pages.allocate(size);
    CHECK(arena_test::IsAligned(block, kHugePage));
    std::memset(block, 1, size);
    pages.deallocate(block, size);
  }
  std::size_t unaligned = 0;
  for (int i = 0; i < 4; ++i) {
    void* const blocks[] = {pages.allocate(kHugePage - 1), pages.allocate(100)};
    for (void* const block : blocks) {
      if (!arena_test::IsAligned(block, kHugePage)) ++unaligned;
    }
    pages.deallocate(blocks[0], kHugePage - 1);
    pages.deallocate(blocks[1], 100);
  }
  CHECK(unaligned > 0);
}

#if defined(__linux__)
TEST_CASE("the kernel is advised to back large blocks with huge pages, if that is wanted",
          "[page_resource][kernel]") {
  arena::PageResource with({.huge_pages = true});
  arena::PageResource without;
  void* const advised = with.allocate(2 * kHugePage);
  void* const plain = without.allocate(2 * kHugePage);
  const bool kernel_tells = KernelHasHugePages() && IsAdvised(advised) >= 0;
  CHECK((!kernel_tells || IsAdvised(advised) == 1));
  CHECK((!kernel_tells || IsAdvised(plain) == 0));
  with.deallocate(advised, 2 * kHugePage);
  without.deallocate(plain, 2 * kHugePage);
}
#endif

TEST_CASE("an arena over huge pages is an arena like others", "[page_resource]") {
  arena::PageResource pages({.huge_pages = true});
  arena::MonotonicArena a({.min_buffer_size = 2 * kHugePage, .upstream = &pages});
  void* const block = a.Alloc(3'000'000);
  arena_test::Fill(block, 3'000'000, 1);
  CHECK(arena_test::StillHolds(block, 3'000'000, 1));
  a.Release();
  CHECK(a.Cap() == 0);
}
