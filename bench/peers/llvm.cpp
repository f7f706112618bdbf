// SPDX-License-Identifier: Apache-2.0
//
// llvm::BumpPtrAllocator as it is by default; with ARENA_BENCH_SLAB in slabs of that many bytes.
#include <llvm/Support/Allocator.h>

#include <cstddef>

#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Allocate(size, alignment); }
  void Reset() { arena_.Reset(); }
  std::size_t Reserved() const { return arena_.getTotalMemory(); }

  template <class T>
  T* New() {
    return arena_.template Allocate<T>();
  }

 private:
#ifdef ARENA_BENCH_SLAB
  llvm::BumpPtrAllocatorImpl<llvm::MallocAllocator, ARENA_BENCH_SLAB, ARENA_BENCH_SLAB> arena_;
#else
  llvm::BumpPtrAllocator arena_;
#endif
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
