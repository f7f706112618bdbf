// SPDX-License-Identifier: Apache-2.0
//
// std::pmr::monotonic_buffer_resource over one buffer of the size that is needed, reused. With
// ARENA_BENCH_DIRECT it is named by its type, which lets the compiler see through the virtual call;
// else it is used through memory_resource as its allocators do.
#include <cstddef>
#include <memory_resource>
#include <type_traits>

#include "../support/owned_buffer.hpp"
#include "../workloads/all.hpp"

namespace {

#ifdef ARENA_BENCH_DIRECT
constexpr bool kDirect = true;
#else
constexpr bool kDirect = false;
#endif

class Peer {
 public:
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected)
      : buffer_(expected), resource_(buffer_.data(), buffer_.size()) {}

  void* Alloc(std::size_t size, std::size_t alignment) {
    if constexpr (kDirect) return resource_.allocate(size, alignment);
    return memory_->allocate(size, alignment);
  }
  void Reset() { resource_.release(); }
  std::size_t Reserved() const { return buffer_.size(); }

  template <class T>
  auto Allocator() {
    if constexpr (kDirect) {
      return bench::StdAllocator<T, Peer>(*this);
    } else {
      return std::pmr::polymorphic_allocator<T>(memory_);
    }
  }

 private:
  bench::OwnedBuffer buffer_;
  std::pmr::monotonic_buffer_resource resource_;
  std::pmr::memory_resource* memory_ = &resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
