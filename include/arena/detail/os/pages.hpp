// SPDX-License-Identifier: Apache-2.0
//
// The operating system's pages: map, unmap, offer; reserve addresses and commit memory for them.
#ifndef ARENA_DETAIL_OS_PAGES_HPP
#define ARENA_DETAIL_OS_PAGES_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../core/align.hpp"

#if defined(_WIN32)
// Declared here as in <windows.h>, whose macros, min and max among them, would reach every
// includer.
extern "C" {
#if defined(_WIN64)
using ArenaWindowsSize = unsigned long long;
#else
using ArenaWindowsSize = unsigned long;
#endif
__declspec(dllimport) void* __stdcall VirtualAlloc(void*, ArenaWindowsSize, unsigned long,
                                                   unsigned long);
__declspec(dllimport) int __stdcall VirtualFree(void*, ArenaWindowsSize, unsigned long);
__declspec(dllimport) int __stdcall VirtualUnlock(void*, ArenaWindowsSize);
}
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

#if defined(__ELF__) && defined(__GNUC__)
// LeakSanitizer looks for pointers in mappings only if it is told of them. Declared weak, because
// no macro says whether it is there: g++ -fsanitize=leak defines none.
extern "C" {
// NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its names
__attribute__((__weak__, __visibility__("default"))) void __lsan_register_root_region(const void*,
                                                                                      std::size_t);
__attribute__((__weak__, __visibility__("default"))) void __lsan_unregister_root_region(
    const void*, std::size_t);
// NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if defined(_WIN32)

inline constexpr unsigned long kMemCommit = 0x1000;
inline constexpr unsigned long kMemReserve = 0x2000;
inline constexpr unsigned long kMemDecommit = 0x4000;
inline constexpr unsigned long kMemReset = 0x80000;
inline constexpr unsigned long kMemRelease = 0x8000;
inline constexpr unsigned long kPageNoAccess = 0x01;
inline constexpr unsigned long kPageReadWrite = 0x04;
inline constexpr std::size_t kWindowsGranularity = 64 * 1024;  // alignment of reservations

// The size is the same on every Windows that a C++20 compiler targets.
inline std::size_t PageSize() noexcept { return 4096; }

inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= kWindowsGranularity) {
    return VirtualAlloc(nullptr, bytes, kMemReserve | kMemCommit, kPageReadWrite);
  }
  // A reservation cannot be trimmed: find a place, free it, and reserve its aligned part. Another
  // thread may take that in between, so try again.
  for (int attempt = 0; attempt < 8; ++attempt) {
    std::size_t wide;
    if (!AddSizes(bytes, alignment, &wide)) return nullptr;
    void* const place = VirtualAlloc(nullptr, wide, kMemReserve, kPageReadWrite);
    if (place == nullptr) return nullptr;
    VirtualFree(place, 0, kMemRelease);
    const std::uintptr_t aligned = AlignUp(reinterpret_cast<std::uintptr_t>(place), alignment);
    void* const pages = VirtualAlloc(reinterpret_cast<void*>(aligned), bytes,
                                     kMemReserve | kMemCommit, kPageReadWrite);
    if (pages != nullptr) return pages;
  }
  return nullptr;
}

inline void UnmapPages(void* pages, std::size_t) noexcept { VirtualFree(pages, 0, kMemRelease); }

inline void AdviseHugePages(void*, std::size_t) noexcept {}

inline bool OfferPages(void* pages, std::size_t bytes, bool now) noexcept {
  if (VirtualAlloc(pages, bytes, kMemReset, kPageReadWrite) == nullptr) return false;
  // VirtualUnlock fails for pages that are not locked, but takes them out of the working set.
  // Decommitting the pages would need memory to commit them again.
  if (now) VirtualUnlock(pages, bytes);
  return true;
}

inline void* ReservePages(std::size_t bytes) noexcept {
  return VirtualAlloc(nullptr, bytes, kMemReserve, kPageNoAccess);
}

inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualAlloc(pages, bytes, kMemCommit, kPageReadWrite) != nullptr;
}

inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualFree(pages, bytes, kMemDecommit) != 0;
}

#else

inline std::size_t PageSize() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Tells LeakSanitizer to look for pointers in the pages while they are mapped.
inline void TrackPages(ARENA_MAYBE_UNUSED const void* pages, ARENA_MAYBE_UNUSED std::size_t bytes,
                       ARENA_MAYBE_UNUSED bool mapped) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  const auto tell = mapped ? &__lsan_register_root_region : &__lsan_unregister_root_region;
  if (tell != nullptr) tell(pages, bytes);
#endif
}

// Requires an alignment that is a power of two and at least a page. Returns nullptr when the system
// has no memory.
inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t surplus = alignment - PageSize();
  std::size_t wide;
  if (!AddSizes(bytes, surplus, &wide)) return nullptr;
  void* const place = ::mmap(nullptr, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (place == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(place);
  const auto address = reinterpret_cast<std::uintptr_t>(place);
  const std::size_t before = AlignUp(address, alignment) - address;
  const std::size_t behind = surplus - before;
  if (before != 0) ::munmap(first, before);
  if (behind != 0) ::munmap(first + before + bytes, behind);
  detail::TrackPages(first + before, bytes, true);
  return first + before;
}

// Linux refuses to unmap the middle of a mapping, which makes two of it, if the process has
// vm.max_map_count mappings. The memory is freed all the same then, and only its addresses are
// lost.
inline void UnmapPages(void* pages, std::size_t bytes) noexcept {
  detail::TrackPages(pages, bytes, false);
  if (::munmap(pages, bytes) == 0) return;
#if defined(MADV_DONTNEED)
  ::madvise(pages, bytes, MADV_DONTNEED);
#endif
}

inline void AdviseHugePages(ARENA_MAYBE_UNUSED void* pages,
                            ARENA_MAYBE_UNUSED std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  ::madvise(pages, bytes, MADV_HUGEPAGE);
#endif
}

inline bool OfferPages(void* pages, std::size_t bytes, bool now) noexcept {
#if defined(MADV_FREE)
  if (!now && ::madvise(pages, bytes, MADV_FREE) == 0) return true;
#endif
#if defined(MADV_DONTNEED)
  return ::madvise(pages, bytes, MADV_DONTNEED) == 0;
#else
  static_cast<void>(now);
  return false;
#endif
}

// Addresses without memory, for UnmapPages; null when the system has none. No access rather than
// MAP_NORESERVE: it counts as no memory where overcommit is off or RLIMIT_DATA is set, mlockall makes
// nothing of it resident, and it is in no core file.
inline void* ReservePages(std::size_t bytes) noexcept {
  void* const pages = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  detail::TrackPages(pages, bytes, true);
  return pages;
}

// Makes reserved pages usable; they read as zeros. False, with nothing changed, when memory is short.
inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return ::mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

// Makes them reserved pages again. Mapping them anew, since mprotect alone would keep the memory.
// When that fails, the memory is freed all the same, if possible, and they stay usable: false.
inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  if (::mmap(pages, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == pages)
    return true;
  detail::OfferPages(pages, bytes, true);
  return false;
}

#endif

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_PAGES_HPP
