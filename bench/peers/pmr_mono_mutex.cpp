// SPDX-License-Identifier: Apache-2.0
//
// std::pmr::monotonic_buffer_resource behind a mutex, to be shared by threads. With
// ARENA_BENCH_BUFFER over one buffer of the size that is needed, reused.
#include <cstddef>
#include <memory_resource>
#include <mutex>

#include "../support/owned_buffer.hpp"
#include "../workloads/threads.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kThreadSafe = true;
#ifdef ARENA_BENCH_BUFFER
  explicit Peer(std::size_t expected)
      : buffer_(expected), resource_(buffer_.data(), buffer_.size()) {}
#else
  explicit Peer(std::size_t) : buffer_(0) {}
#endif

  void* Alloc(std::size_t size, std::size_t alignment) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return memory_->allocate(size, alignment);
  }
  void Reset() { resource_.release(); }

 private:
  std::mutex mutex_;
  bench::OwnedBuffer buffer_;
  std::pmr::monotonic_buffer_resource resource_;
  std::pmr::memory_resource* memory_ = &resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterThreads<Peer>(); }
