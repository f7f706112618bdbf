// SPDX-License-Identifier: Apache-2.0
//
// An upstream that allocates from the arena it serves ends the program where that takes memory from
// upstream again: two chunks would be made at once, and figures and limit be wrong.
// expect: arena: an upstream allocates from the arena that it serves
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>

namespace {

class Reentrant final : public std::pmr::memory_resource {
 public:
  arena::Arena* served = nullptr;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (served != nullptr) served->Alloc(100'000);
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

int main() {
  Reentrant upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  upstream.served = &a;
  a.Alloc(200'000);
}
