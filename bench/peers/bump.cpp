// SPDX-License-Identifier: Apache-2.0
//
// The floor, not a peer: what one writes by hand for one buffer that is known to be large enough.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "../support/owned_buffer.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected) : buffer_(expected) { Reset(); }

  void* Alloc(std::size_t size, std::size_t alignment) {
    const std::uintptr_t start = (cursor_ + alignment - 1) & ~(alignment - 1);
    if (start + size > end_) std::abort();
    cursor_ = start + size;
    return reinterpret_cast<void*>(start);
  }
  void Reset() {
    cursor_ = reinterpret_cast<std::uintptr_t>(buffer_.data());
    end_ = cursor_ + buffer_.size();
  }
  std::size_t Reserved() const { return buffer_.size(); }

 private:
  bench::OwnedBuffer buffer_;
  std::uintptr_t cursor_;
  std::uintptr_t end_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
