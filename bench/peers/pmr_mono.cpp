// SPDX-License-Identifier: Apache-2.0
//
// std::pmr::monotonic_buffer_resource as it is by default, used through memory_resource as its
// allocators do.
#include <cstddef>
#include <memory_resource>

#include "../support/counting_resource.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) : resource_(&bench::counting_upstream) {}
  explicit Peer(bench::KnownSize known) : resource_(known.bytes, &bench::counting_upstream) {}

  void* Alloc(std::size_t size, std::size_t alignment) {
    return memory_->allocate(size, alignment);
  }
  void Reset() { resource_.release(); }
  std::size_t Reserved() const { return bench::counting_upstream.held(); }

  template <class T>
  std::pmr::polymorphic_allocator<T> Allocator() {
    return memory_;
  }

 private:
  std::pmr::monotonic_buffer_resource resource_;
  std::pmr::memory_resource* memory_ = &resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
