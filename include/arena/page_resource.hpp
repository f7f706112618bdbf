// SPDX-License-Identifier: Apache-2.0
//
// class PageResource: memory straight from the operating system, in whole pages.
#ifndef ARENA_PAGE_RESOURCE_HPP
#define ARENA_PAGE_RESOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/os/pages.hpp"

ARENA_BEGIN_NAMESPACE

/// How a PageResource asks for its pages.
struct PageResourceOptions {
  /// Align blocks of 2 MiB and more to 2 MiB and advise the kernel to back them with huge pages.
  /// Falls back to ordinary pages.
  bool huge_pages = false;
};

/// When the kernel takes pages whose contents nobody needs.
enum class Reclaim {
  kUnderPressure,  ///< when memory is short; until then they stay resident
  kNow,            ///< at once; the next touch faults them in again
};

/// A memory resource over anonymous pages: mmap, or VirtualAlloc on Windows.
///
/// Made for few, large blocks: as the upstream of an arena that should not fragment the heap, or
/// whose pages the kernel may take back. Each allocation is rounded up to whole pages and costs a
/// system call. When memory is short it throws std::bad_alloc. Where exceptions are off, that ends
/// the program: it cannot return null, because libstdc++ declares that
/// std::pmr::memory_resource::allocate never does.
///
/// LeakSanitizer follows pointers that lie in the pages.
///
/// Thread safety: all members may be called from any thread.
class PageResource : public std::pmr::memory_resource {
 public:
  /// Takes nothing from the system yet.
  explicit PageResource(const PageResourceOptions& options = {}) noexcept
      : huge_pages_(options.huge_pages) {}

  /// The size of a page in bytes, a power of two.
  static std::size_t PageSize() noexcept { return detail::PageSize(); }

  /// Tells the kernel that the contents of the whole pages within [begin, begin + bytes) are no
  /// longer needed. They read as the old contents or as zeros until they are written again.
  ///
  /// The range must lie in a block of a PageResource. Returns how many bytes it offered: 0 when the
  /// range holds no whole page or the system has no such call. O(bytes), in the kernel.
  ARENA_WRAPS static std::size_t Offer(void* begin, std::size_t bytes, Reclaim reclaim) noexcept {
    const std::size_t page = PageSize();
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    const std::uintptr_t first = detail::AlignUp(address, page);
    const std::uintptr_t last = detail::AlignDown(address + bytes, page);
    if (first < address || first >= last) return 0;
    void* const pages = static_cast<std::byte*>(begin) + (first - address);
    return detail::OfferPages(pages, last - first, reclaim == Reclaim::kNow) ? last - first : 0;
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  // Throws std::bad_alloc when the system has no memory of that size and alignment.
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const bool is_huge = huge_pages_ && bytes >= kHugePage;
    if (is_huge) alignment = detail::MaxOf(alignment, kHugePage);
    void* const pages = bytes <= detail::kMaxSize - PageSize() && detail::IsPowerOfTwo(alignment)
                            ? detail::MapPages(RoundUp(bytes), detail::MaxOf(alignment, PageSize()))
                            : nullptr;
    if (pages == nullptr) detail::ThrowBadAlloc();
    if (is_huge) detail::AdviseHugePages(pages, RoundUp(bytes));
    return pages;
  }

  void do_deallocate(void* pages, std::size_t bytes, std::size_t) noexcept override {
    detail::UnmapPages(pages, RoundUp(bytes));
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  static std::size_t RoundUp(std::size_t bytes) noexcept {
    return detail::AlignUp(bytes == 0 ? 1 : bytes, PageSize());
  }

  bool huge_pages_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_PAGE_RESOURCE_HPP
