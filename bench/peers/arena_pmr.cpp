// SPDX-License-Identifier: Apache-2.0
//
// This library in a program written for std::pmr: the resource is an arena, the containers are what
// they were.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>

#include "../support/counting_resource.hpp"
#include "../workloads/document.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Alloc(size, alignment); }
  void Reset() { arena_.Reset(); }
  std::size_t Reserved() const { return bench::counting_upstream.held(); }

  template <class T>
  std::pmr::polymorphic_allocator<T> Allocator() {
    return &arena_;
  }

 private:
  arena::MonotonicArena arena_{{.upstream = &bench::counting_upstream}};
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterDocument<Peer>(); }
