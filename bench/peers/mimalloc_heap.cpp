// SPDX-License-Identifier: Apache-2.0
//
// A first-class heap of mimalloc, destroyed as a whole.
#include <mimalloc.h>

#include <cstddef>
#include <new>

#include "../support/malloc_in_effect.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}
  ~Peer() { mi_heap_destroy(heap_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void* Alloc(std::size_t size, std::size_t alignment) {
    void* const block = alignment <= alignof(std::max_align_t)
                            ? mi_heap_malloc(heap_, size)
                            : mi_heap_malloc_aligned(heap_, size, alignment);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  void Reset() {
    mi_heap_destroy(heap_);
    heap_ = mi_heap_new();
  }

 private:
  mi_heap_t* heap_ = mi_heap_new();
};

}  // namespace

void bench::RegisterPeer() {
  bench::RequireMallocOf(ARENA_BENCH_MALLOC);
  bench::RegisterAll<Peer>();
}
