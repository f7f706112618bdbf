// SPDX-License-Identifier: Apache-2.0
//
// The floor, not a peer: what one writes by hand for one buffer that is known to be large enough.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kToldSize = true;
  explicit Peer(std::size_t expected) : memory_(new std::byte[expected]), size_(expected) {
    Reset();
  }

  void* Alloc(std::size_t size, std::size_t alignment) {
    const std::uintptr_t start = (cursor_ + alignment - 1) & ~(alignment - 1);
    if (start + size > end_) std::abort();
    cursor_ = start + size;
    return reinterpret_cast<void*>(start);
  }
  void Reset() {
    cursor_ = reinterpret_cast<std::uintptr_t>(memory_.get());
    end_ = cursor_ + size_;
  }
  std::size_t Reserved() const { return size_; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_;
  std::uintptr_t cursor_;
  std::uintptr_t end_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
