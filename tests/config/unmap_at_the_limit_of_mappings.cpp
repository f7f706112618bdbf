// SPDX-License-Identifier: Apache-2.0
//
// A process that has as many mappings as Linux allows cannot unmap a page from the middle of one:
// the page's memory goes back to the system all the same. A program of its own, because at that
// limit nothing else can get memory either.
// needs: plain
#include <arena/page_resource.hpp>
#include <cstddef>
#include <cstdio>

#if defined(__linux__)
#include <sys/mman.h>

#include "support/mappings.hpp"

int main() {
  const std::size_t page = arena::PageResource::PageSize();
  const std::size_t limit = arena_test::MaxMappings();
  if (limit == 0) {
    std::puts("left out, the limit of mappings is not known");
    return 0;
  }
  // Every second page of these becomes a hole, which makes one mapping more.
  const std::size_t holes = limit + 1000;
  const std::size_t bytes = 2 * holes * page;
  void* const place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) {
    std::puts("left out, there are not enough addresses");
    return 0;
  }
  auto* const pages = static_cast<std::byte*>(place);
  std::size_t refused = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < holes; ++i) {
    std::byte* const hole = pages + (2 * i + 1) * page;
    *hole = std::byte{1};
    arena::detail::UnmapPages(hole, page);
    unsigned char resident = 0;
    if (::mincore(hole, page, &resident) != 0) continue;  // unmapped
    ++refused;
    if ((resident & 1) != 0) ++kept;
  }
  ::munmap(place, bytes);
  std::printf("%zu of %zu holes were refused, %zu of these kept their memory\n", refused, holes,
              kept);
  return refused != 0 && kept == 0 ? 0 : 1;
}
#else
int main() { return 0; }
#endif
