// SPDX-License-Identifier: Apache-2.0
//
// An upstream that allocates from the arena it serves ends the program where that takes memory from
// upstream again: two chunks would be made at once, or one while others are being freed.
// expect(allocate): arena: an upstream allocates from the arena that it serves
// expect(allocate_after_shrink): arena: an upstream allocates from the arena that it serves
// expect(deallocate_in_release): arena: an upstream allocates from the arena that it serves
// expect(deallocate_in_shrink): arena: an upstream allocates from the arena that it serves
// expect(window_that_is_freed): arena: an upstream allocates from the arena that it serves
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <utility>

namespace {

class Reentrant final : public std::pmr::memory_resource {
 public:
  arena::MonotonicArena* in_allocate = nullptr;
  bool shrinks = false;
  arena::Arena* in_deallocate = nullptr;
  std::size_t wanted = 100'000;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (arena::MonotonicArena* const served = std::exchange(in_allocate, nullptr)) {
      if (shrinks) served->ShrinkTo(0);  // frees chunks: a call within the call
      served->Alloc(wanted);
    }
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    if (in_deallocate != nullptr) in_deallocate->Alloc(wanted);
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  Reentrant upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  if (which.starts_with("allocate")) {
    if (which == "allocate_after_shrink") {
      upstream.shrinks = true;
      for (int i = 0; i < 4; ++i) a.Alloc(50'000);
      a.Reset();
    }
    upstream.in_allocate = &a;
    a.Alloc(1'000'000);
    return 0;
  }
  for (int i = 0; i < 20; ++i) a.Alloc(20'000 + 20'000 * static_cast<std::size_t>(i % 3));
  upstream.in_deallocate = &a;
  if (which == "deallocate_in_shrink") {
    a.Reset();
    a.ShrinkTo(0);
    upstream.in_deallocate = nullptr;
  }
  if (which == "window_that_is_freed") upstream.wanted = 64;
  a.Release();
}
