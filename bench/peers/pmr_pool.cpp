// SPDX-License-Identifier: Apache-2.0
//
// std::pmr::unsynchronized_pool_resource, which frees each object; with ARENA_BENCH_SYNCHRONIZED
// the synchronized_pool_resource, shared by threads.
#include <cstddef>
#include <memory_resource>

#include "../support/counting_resource.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
#ifdef ARENA_BENCH_SYNCHRONIZED
  static constexpr bool kThreadSafe = true;
  explicit Peer(std::size_t) : resource_(std::pmr::new_delete_resource()) {}
#else
  explicit Peer(std::size_t) : resource_(&bench::counting_upstream) {}
  std::size_t Reserved() const { return bench::counting_upstream.held(); }
#endif

  void* Alloc(std::size_t size, std::size_t alignment) {
    return memory_->allocate(size, alignment);
  }
  void Free(void* block, std::size_t size, std::size_t alignment) {
    memory_->deallocate(block, size, alignment);
  }

  template <class T>
  std::pmr::polymorphic_allocator<T> Allocator() {
    return memory_;
  }

 private:
#ifdef ARENA_BENCH_SYNCHRONIZED
  std::pmr::synchronized_pool_resource resource_;
#else
  std::pmr::unsynchronized_pool_resource resource_;
#endif
  std::pmr::memory_resource* memory_ = &resource_;
};

}  // namespace

#ifdef ARENA_BENCH_SYNCHRONIZED
void bench::RegisterPeer() { bench::RegisterThreads<Peer>(); }
#else
void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
#endif
