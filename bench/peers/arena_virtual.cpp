// SPDX-License-Identifier: Apache-2.0
//
// This library's VirtualArena, with default options wherever the case does not say otherwise.
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>

#include "../workloads/append.hpp"
#include "../workloads/cold.hpp"
#include "../workloads/retain.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}
  explicit Peer(bench::Retain retain) : arena_({.retain = retain.bytes}) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Alloc(size, alignment); }
  void Reset() { arena_.Reset(); }
  std::size_t Reserved() const { return arena_.Cap(); }

  template <class T>
  T* New() {
    return arena::AllocateForOverwrite<T>(arena_);
  }
  template <class T>
  arena::Allocator<T> Allocator() {
    return arena_;
  }

  class IntArray {
   public:
    explicit IntArray(Peer& peer) : arena_(peer.arena_) {}
    void Append(int value) { ints_ = arena::SliceAppend(arena_, ints_, value); }
    int* data() { return ints_.data(); }

   private:
    arena::Arena& arena_;
    arena::Slice<int> ints_;
  };

 private:
  arena::VirtualArena arena_;
};

}  // namespace

void bench::RegisterPeer() {
  bench::RegisterCold<Peer>();
  bench::RegisterAppend<Peer>();
  bench::RegisterLargeAppend<Peer>();
  bench::RegisterRetain<Peer>();
}
