// SPDX-License-Identifier: Apache-2.0
//
// An array that grows by realloc, to twice its capacity. For a large one glibc has the kernel move the
// pages (mremap) instead of copying them.
#include <cstddef>
#include <cstdlib>
#include <new>

#include "../support/malloc_in_effect.hpp"
#include "../workloads/append.hpp"

namespace {

class Peer {
 public:
  explicit Peer(std::size_t) {}

  class IntArray {
   public:
    explicit IntArray(Peer&) {}
    IntArray(const IntArray&) = delete;
    IntArray& operator=(const IntArray&) = delete;
    ~IntArray() { std::free(ints_); }

    void Append(int value) {
      if (size_ == capacity_) [[unlikely]]
        Grow();
      ints_[size_++] = value;
    }
    int* data() { return ints_; }

   private:
    [[gnu::noinline]] void Grow() {
      const std::size_t capacity = capacity_ == 0 ? 1 : 2 * capacity_;
      void* const ints = std::realloc(ints_, capacity * sizeof(int));
      if (ints == nullptr) throw std::bad_alloc();
      ints_ = static_cast<int*>(ints);
      capacity_ = capacity;
    }

    int* ints_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
  };
};

}  // namespace

void bench::RegisterPeer() {
  bench::RequireMallocOf("libc.so");
  bench::RegisterLargeAppend<Peer>();
}
