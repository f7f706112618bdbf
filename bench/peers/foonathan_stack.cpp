// SPDX-License-Identifier: Apache-2.0
//
// foonathan::memory::memory_stack, unwound to its bottom. It refuses what is larger than its next
// block, so growing arrays are not for it.
#include <cstddef>
#include <foonathan/memory/memory_stack.hpp>
#include <new>
#include <type_traits>

#include "../workloads/all.hpp"

namespace {

std::size_t held = 0;

struct CountingAllocator {
  using is_stateful = std::false_type;
  void* allocate_node(std::size_t size, std::size_t alignment) {
    held += size;
    return ::operator new(size, std::align_val_t{alignment});
  }
  void deallocate_node(void* block, std::size_t size, std::size_t alignment) noexcept {
    held -= size;
    ::operator delete(block, size, std::align_val_t{alignment});
  }
};

class Peer {
  using Stack = foonathan::memory::memory_stack<CountingAllocator>;

 public:
  static constexpr bool kAnySize = false;
  explicit Peer(std::size_t) : stack_(std::size_t{32} << 10) {}
  explicit Peer(bench::KnownSize known) : stack_(Stack::min_block_size(known.bytes)) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return stack_.allocate(size, alignment); }
  void Reset() { stack_.unwind(bottom_); }
  std::size_t Reserved() const { return held; }

 private:
  Stack stack_;
  Stack::marker bottom_ = stack_.top();
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterAll<Peer>(); }
