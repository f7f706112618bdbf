// SPDX-License-Identifier: Apache-2.0
//
// Offering pages to the kernel: whole pages within the range, and not a byte outside.
#include <arena/page_resource.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "support/catch.hpp"
#include "support/raw_memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

using arena::PageResource;
using arena::Reclaim;

namespace {

constexpr std::size_t kPages = 8;

// Eight pages of ones.
class PageBlock {
 public:
  PageBlock() : start_(static_cast<std::byte*>(pages_.allocate(size()))) {
    std::memset(start_, 1, size());
  }
  ~PageBlock() { pages_.deallocate(start_, size()); }
  PageBlock(const PageBlock&) = delete;
  PageBlock& operator=(const PageBlock&) = delete;

  static std::size_t size() { return kPages * PageResource::PageSize(); }
  std::byte* at(std::size_t offset) { return start_ + offset; }
  // Bytes that are still ones.
  std::size_t Ones() const {
    std::size_t ones = 0;
    for (std::size_t i = 0; i < size(); ++i) ones += start_[i] == std::byte{1} ? 1 : 0;
    return ones;
  }

 private:
  PageResource pages_;
  std::byte* start_;
};

}  // namespace

#if defined(__linux__)
TEST_CASE("of a range the whole pages go, and what they held", "[page_resource]") {
  const std::size_t page = PageResource::PageSize();
  struct Range {
    std::size_t begin, size, pages;
  };
  const Range ranges[] = {
      {0, kPages * page, kPages},
      {0, page, 1},
      {0, page - 1, 0},
      {0, page + 1, 1},
      {1, page, 0},
      {1, 2 * page - 1, 1},
      {1, 2 * page - 2, 0},
      {page - 1, 2, 0},
      {page - 1, page + 1, 1},
      {page - 1, page + 2, 1},
      {48, kPages * page - 48, kPages - 1},
      {48, kPages * page - 49, kPages - 2},
      {3 * page, 2 * page, 2},
      {3 * page, 0, 0},
      {100, 0, 0},
      {100, 100, 0},
  };
  for (const Range& range : ranges) {
    CAPTURE(range.begin, range.size);
    PageBlock block;
    CHECK(PageResource::Offer(block.at(range.begin), range.size, Reclaim::kNow) ==
          range.pages * page);
    CHECK(block.Ones() == PageBlock::size() - range.pages * page);
    // The pages that went lie within the range.
    for (std::size_t i = 0; i < range.begin; ++i) REQUIRE(*block.at(i) == std::byte{1});
    for (std::size_t i = range.begin + range.size; i < PageBlock::size(); ++i) {
      REQUIRE(*block.at(i) == std::byte{1});
    }
  }
}

TEST_CASE("pages that went are no longer resident until they are touched", "[page_resource]") {
  const auto is_resident = [](const std::byte* page) {
    unsigned char resident = 0;
    return ::mincore(const_cast<std::byte*>(page), 1, &resident) == 0 && (resident & 1) != 0;
  };
  PageBlock block;
  CHECK(is_resident(block.at(0)));
  PageResource::Offer(block.at(0), PageResource::PageSize(), Reclaim::kNow);
  CHECK_FALSE(is_resident(block.at(0)));
  *block.at(5) = std::byte{2};
  CHECK(is_resident(block.at(0)));
  CHECK(*block.at(5) == std::byte{2});
  CHECK(*block.at(6) == std::byte{0});
}
#endif

TEST_CASE("pages the kernel may take hold what they held, or zeros, until they are written",
          "[page_resource]") {
  PageBlock block;
  const std::size_t page = PageResource::PageSize();
  const std::size_t offered =
      PageResource::Offer(block.at(0), PageBlock::size(), Reclaim::kUnderPressure);
#if defined(__linux__)
  CHECK(offered == PageBlock::size());
#else
  CHECK((offered == 0 || offered == PageBlock::size()));
#endif
  std::size_t other = 0;
  for (std::size_t i = 0; i < PageBlock::size(); ++i) {
    if (*block.at(i) != std::byte{0} && *block.at(i) != std::byte{1}) ++other;
  }
  CHECK(other == 0);
  arena_test::Fill(block.at(page), 3 * page, 9);
  CHECK(arena_test::StillHolds(block.at(page), 3 * page, 9));
}

TEST_CASE("ranges at the ends of the address space hold no page", "[page_resource]") {
  const Reclaim reclaim = GENERATE(Reclaim::kNow, Reclaim::kUnderPressure);
  CHECK(PageResource::Offer(nullptr, 0, reclaim) == 0);
  auto* const end = reinterpret_cast<void*>(UINTPTR_MAX - 10);
  CHECK(PageResource::Offer(end, 5, reclaim) == 0);
  CHECK(PageResource::Offer(end, 100, reclaim) == 0);
  CHECK(PageResource::Offer(end, SIZE_MAX, reclaim) == 0);
}
