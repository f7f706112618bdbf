// SPDX-License-Identifier: Apache-2.0
//
// The upstream of peers that take a std::pmr::memory_resource: it counts what they hold.
#ifndef ARENA_BENCH_SUPPORT_COUNTING_RESOURCE_HPP
#define ARENA_BENCH_SUPPORT_COUNTING_RESOURCE_HPP

#include <cstddef>
#include <memory_resource>

namespace bench {

/// Passes on to operator new and delete. For one thread at a time.
class CountingResource : public std::pmr::memory_resource {
 public:
  std::size_t held() const noexcept { return held_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const block = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    held_ += bytes;
    return block;
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    held_ -= bytes;
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::size_t held_ = 0;
};

/// Counts what the peers of this thread hold.
inline thread_local CountingResource counting_upstream;

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_COUNTING_RESOURCE_HPP
