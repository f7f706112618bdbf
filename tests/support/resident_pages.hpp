// SPDX-License-Identifier: Apache-2.0
//
// How much of a range of pages is resident, as Linux tells it.
#ifndef ARENA_TESTS_SUPPORT_RESIDENT_PAGES_HPP
#define ARENA_TESTS_SUPPORT_RESIDENT_PAGES_HPP

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace arena_test {

// Of `bytes` bytes from a page's beginning on. Anonymous pages that were never written do not count.
inline std::size_t ResidentBytes(std::byte* begin, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::size_t kPiece = std::size_t{16} << 20;
  std::vector<unsigned char> pages(kPiece / page);
  std::size_t resident = 0;
  for (std::size_t done = 0; done < bytes; done += kPiece) {
    const std::size_t piece = std::min(kPiece, bytes - done);
    if (::mincore(begin + done, piece, pages.data()) != 0) return bytes;
    const std::size_t count = (piece + page - 1) / page;
    for (std::size_t i = 0; i < count; ++i) resident += (pages[i] & 1) * page;
  }
  return resident;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_RESIDENT_PAGES_HPP
