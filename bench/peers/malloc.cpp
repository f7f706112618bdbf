// SPDX-License-Identifier: Apache-2.0
//
// malloc and free: glibc's, or those of the library that this is linked with. ARENA_BENCH_MALLOC is
// a part of that library's file name.
#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>

#include "../support/malloc_in_effect.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kThreadSafe = true;
  using Coroutines = bench::HeapCoroutines;
  explicit Peer(std::size_t) {}

  void* Alloc(std::size_t size, std::size_t alignment) {
    void* block;
    if (alignment <= alignof(std::max_align_t)) [[likely]] {
      block = std::malloc(size);
    } else if (posix_memalign(&block, alignment, size) != 0) {
      block = nullptr;
    }
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  void Free(void* block, std::size_t, std::size_t) { std::free(block); }

  static std::size_t HeldBy(void* block) {
    return malloc_usable_size(block) + ARENA_BENCH_MALLOC_HEADER;
  }
};

}  // namespace

void bench::RegisterPeer() {
  bench::RequireMallocOf(ARENA_BENCH_MALLOC);
  bench::RegisterAll<Peer>();
}
