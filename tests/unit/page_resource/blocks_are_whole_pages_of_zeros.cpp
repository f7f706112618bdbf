// SPDX-License-Identifier: Apache-2.0
//
// Blocks of a PageResource: whole pages, of any size and alignment, readable and writable.
#include <algorithm>
#include <arena/page_resource.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <new>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

using arena::PageResource;

namespace {

bool AllZero(const void* block, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(block);
  return std::all_of(bytes, bytes + size, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

TEST_CASE("the page size is a power of two", "[page_resource]") {
  const std::size_t page = PageResource::PageSize();
  CHECK(page >= 4096);
  CHECK((page & (page - 1)) == 0);
}

TEST_CASE("a block has the size and the alignment that were asked for, and is all zeros",
          "[page_resource]") {
  const bool huge_pages = GENERATE(false, true);
  CAPTURE(huge_pages);
  PageResource pages({.huge_pages = huge_pages});
  const std::size_t page = PageResource::PageSize();
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, page - 1, page, page + 1,
                                 10 * page + 17, std::size_t{3} << 20}) {
    for (std::size_t alignment = 1; alignment <= (std::size_t{8} << 20); alignment *= 8) {
      CAPTURE(size, alignment);
      void* const block = pages.allocate(size, alignment);
      REQUIRE(block != nullptr);
      REQUIRE(arena_test::IsAligned(block, std::max(alignment, page)));
      REQUIRE(AllZero(block, size));
      arena_test::Fill(block, size, alignment);
      REQUIRE(arena_test::StillHolds(block, size, alignment));
      pages.deallocate(block, size, alignment);
    }
  }
}

TEST_CASE("a block of no bytes is a page", "[page_resource]") {
  PageResource pages;
  void* const block = pages.allocate(0);
  REQUIRE(block != nullptr);
  std::memset(block, 1, PageResource::PageSize());
  pages.deallocate(block, 0);
}

TEST_CASE("blocks do not overlap", "[page_resource]") {
  PageResource pages;
  arena_test::Random random(1);
  struct Block {
    void* start;
    std::size_t size, alignment, seed;
  };
  std::vector<Block> blocks;
  for (std::size_t step = 0; step < 600; ++step) {
    if (blocks.size() < 30 && random() % 2 == 0) {
      const std::size_t size = 1 + static_cast<std::size_t>(random() % 50'000);
      const std::size_t alignment = std::size_t{1} << (random() % 20);
      blocks.push_back({pages.allocate(size, alignment), size, alignment, step});
      arena_test::Fill(blocks.back().start, size, step);
    } else if (!blocks.empty()) {
      Block& block = blocks[random() % blocks.size()];
      REQUIRE(arena_test::StillHolds(block.start, block.size, block.seed));
      pages.deallocate(block.start, block.size, block.alignment);
      block = blocks.back();
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) {
    REQUIRE(arena_test::StillHolds(block.start, block.size, block.seed));
    pages.deallocate(block.start, block.size, block.alignment);
  }
}

#if defined(__linux__)
TEST_CASE("a block that was given back is no longer mapped, nor is what its alignment cost",
          "[page_resource]") {
  PageResource pages;
  const std::size_t page = PageResource::PageSize();
  const auto is_mapped = [page](const void* address) {
    unsigned char resident = 0;
    return ::mincore(const_cast<void*>(address), page, &resident) == 0;
  };
  const std::size_t size = 3 * page;
  auto* const block = static_cast<std::byte*>(pages.allocate(size, 64 * page));
  CHECK(is_mapped(block));
  CHECK(is_mapped(block + 2 * page));
  pages.deallocate(block, size, 64 * page);
  for (std::size_t i = 0; i < 3; ++i) CHECK_FALSE(is_mapped(block + i * page));
}

TEST_CASE("aligned blocks leave no address space behind", "[page_resource][kernel]") {
  PageResource pages;
  // 16 GiB in all if the surplus were kept: more than a limit on address space would allow, and
  // each would be further from the one before.
  const std::size_t alignment = std::size_t{16} << 20;
  std::uintptr_t lowest = UINTPTR_MAX, highest = 0;
  for (int i = 0; i < 1000; ++i) {
    void* const block = pages.allocate(100, alignment);
    lowest = std::min(lowest, arena_test::AddressOf(block));
    highest = std::max(highest, arena_test::AddressOf(block));
    pages.deallocate(block, 100, alignment);
  }
  CHECK(highest - lowest <= 16 * alignment);
}
#endif

TEST_CASE("what cannot be had is refused with std::bad_alloc", "[page_resource]") {
  const bool huge_pages = GENERATE(false, true);
  PageResource pages({.huge_pages = huge_pages});
  for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2,
                                 SIZE_MAX / 2 - 5000, arena_test::kMoreThanThereIs}) {
    CAPTURE(size);
    // An address space of 32 bits may have room for half of itself.
    if (sizeof(std::size_t) == 4 && size <= SIZE_MAX / 2) continue;
    CHECK_THROWS_AS(pages.allocate(size), std::bad_alloc);
    CHECK_THROWS_AS(pages.allocate(size, std::size_t{1} << 21), std::bad_alloc);
  }
  // Not a constant: clang would warn of an alignment that it cannot have.
  volatile std::size_t giant = SIZE_MAX / (sizeof(std::size_t) > 4 ? 4 : 2) + 1;
  CHECK_THROWS_AS(pages.allocate(1, giant), std::bad_alloc);
}

TEST_CASE("a page resource is equal to itself alone", "[page_resource]") {
  PageResource first;
  PageResource second;
  CHECK(first.is_equal(first));
  CHECK_FALSE(first.is_equal(second));
  CHECK_FALSE(first.is_equal(*std::pmr::new_delete_resource()));
}

TEST_CASE("threads may share a page resource", "[page_resource][threads]") {
  PageResource pages;
  std::vector<int> spoilt(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&pages, &spoilt, thread] {
      for (std::size_t i = 1; i < 100; ++i) {
        void* const block = pages.allocate(i * 100, 64);
        arena_test::Fill(block, i * 100, thread);
        if (!arena_test::StillHolds(block, i * 100, thread)) ++spoilt[thread];
        pages.deallocate(block, i * 100, 64);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(spoilt == std::vector<int>(4, 0));
}
