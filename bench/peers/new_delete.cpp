// SPDX-License-Identifier: Apache-2.0
//
// operator new and delete over glibc's malloc.
#include <malloc.h>

#include <cstddef>
#include <new>

#include "../support/malloc_in_effect.hpp"
#include "../workloads/all.hpp"

namespace {

class Peer {
 public:
  static constexpr bool kThreadSafe = true;
  using Coroutines = bench::HeapCoroutines;
  explicit Peer(std::size_t) {}

  void* Alloc(std::size_t size, std::size_t alignment) {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) [[likely]]
      return ::operator new(size);
    return ::operator new(size, std::align_val_t{alignment});
  }
  void Free(void* block, std::size_t size, std::size_t alignment) {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) [[likely]] {
      ::operator delete(block, size);
    } else {
      ::operator delete(block, size, std::align_val_t{alignment});
    }
  }
  static std::size_t HeldBy(void* block) {
    return malloc_usable_size(block) + ARENA_BENCH_MALLOC_HEADER;
  }
};

}  // namespace

void bench::RegisterPeer() {
  bench::RequireMallocOf("libc.so");
  bench::RegisterAll<Peer>();
  bench::RegisterLargeAppend<Peer>();
}
