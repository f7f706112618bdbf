// SPDX-License-Identifier: Apache-2.0
//
// This library's ConcurrentArena, used by all threads directly: a mutex for each allocation.
#include <arena/arena.hpp>
#include <cstddef>

#include "../workloads/threads.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kThreadSafe = true;
  explicit Peer(std::size_t) {}
  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Alloc(size, alignment); }
  void Reset() { arena_.Reset(); }

 private:
  arena::MonotonicArena memory_;
  arena::ConcurrentArena arena_{memory_};
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterThreads<Peer>(); }
