// SPDX-License-Identifier: Apache-2.0
//
// boost::json::monotonic_resource. It answers null to alignments above 16 when it needs a new
// block, and its release keeps the size it has grown to, so that a resource used again and again
// asks for ever larger blocks: it is made anew instead. With ARENA_BENCH_BUFFER over one buffer of
// the size that is needed, reused.
#include <boost/json/monotonic_resource.hpp>
#include <cstddef>
#include <optional>

#include "../support/owned_buffer.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr std::size_t kMaxAlignment = 16;
#ifdef ARENA_BENCH_BUFFER
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected) : buffer_(expected) { Reset(); }
  std::size_t Reserved() const { return buffer_.size(); }
  void Reset() {
    resource_.emplace(reinterpret_cast<unsigned char*>(buffer_.data()), buffer_.size());
  }
#else
  explicit Peer(std::size_t) : resource_(std::in_place) {}
  explicit Peer(bench::KnownSize known) : resource_(std::in_place, known.bytes) {}
  void Reset() { resource_.emplace(); }
#endif

  void* Alloc(std::size_t size, std::size_t alignment) {
    return resource_->allocate(size, alignment);
  }

 private:
#ifdef ARENA_BENCH_BUFFER
  bench::OwnedBuffer buffer_;
#endif
  std::optional<boost::json::monotonic_resource> resource_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
