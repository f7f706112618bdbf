// SPDX-License-Identifier: Apache-2.0
//
// An upstream that does not align its blocks ends the program, before anything is written over. A
// sanitizer of alignment says so first.
// needs: plain
// expect: arena: upstream returned a block that is not aligned as asked
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <new>

namespace {

// Answers eight bytes behind what was asked for.
class Misaligned final : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return static_cast<std::byte*>(::operator new(bytes + alignment, std::align_val_t{alignment})) +
           alignment / 2;
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

int main() {
  Misaligned upstream;
  arena::MonotonicArena a({.upstream = &upstream});
}
