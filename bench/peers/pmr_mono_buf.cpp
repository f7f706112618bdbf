// SPDX-License-Identifier: Apache-2.0
//
// std::pmr::monotonic_buffer_resource over one buffer of the size that is needed, reused.
#include <cstddef>
#include <memory>
#include <memory_resource>

#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected)
      : memory_(new std::byte[expected]), size_(expected), resource_(memory_.get(), size_) {}

  void* Alloc(std::size_t size, std::size_t alignment) {
    return resource_.allocate(size, alignment);
  }
  void Reset() { resource_.release(); }
  std::size_t Reserved() const { return size_; }

  template <class T>
  std::pmr::polymorphic_allocator<T> Allocator() {
    return &resource_;
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
  std::pmr::monotonic_buffer_resource resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
