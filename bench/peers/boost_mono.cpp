// SPDX-License-Identifier: Apache-2.0
//
// boost::container::pmr::monotonic_buffer_resource. It refuses alignments above 16. With
// ARENA_BENCH_BUFFER over one buffer of the size that is needed, reused.
#include <boost/container/pmr/memory_resource.hpp>
#include <boost/container/pmr/monotonic_buffer_resource.hpp>
#include <cstddef>
#include <new>

#include "../support/owned_buffer.hpp"
#include "../workloads/all.hpp"

namespace {

#ifndef ARENA_BENCH_BUFFER
class Upstream : public boost::container::pmr::memory_resource {
 public:
  std::size_t held() const { return held_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t) override {
    held_ += bytes;
    return ::operator new(bytes);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t) override {
    held_ -= bytes;
    ::operator delete(block, bytes);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t held_ = 0;
};
Upstream upstream;
#endif

class Peer {
 public:
  static constexpr std::size_t kMaxAlignment = 16;
#ifdef ARENA_BENCH_BUFFER
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected)
      : buffer_(expected), resource_(buffer_.data(), buffer_.size()) {}
  std::size_t Reserved() const { return buffer_.size(); }
#else
  explicit Peer(std::size_t) : resource_(&upstream) {}
  explicit Peer(bench::KnownSize known) : resource_(known.bytes, &upstream) {}
  std::size_t Reserved() const { return upstream.held(); }
#endif

  void* Alloc(std::size_t size, std::size_t alignment) {
    return resource_.allocate(size, alignment);
  }
  void Reset() { resource_.release(); }

 private:
#ifdef ARENA_BENCH_BUFFER
  bench::OwnedBuffer buffer_;
#endif
  boost::container::pmr::monotonic_buffer_resource resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
