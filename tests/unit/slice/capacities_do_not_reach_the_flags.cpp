// SPDX-License-Identifier: Apache-2.0
//
// Two bits of a capacity are flags if elements are not trivially copyable: what would reach them is
// refused, whatever memory there is.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "support/catch.hpp"

namespace {

struct OddByte {
  OddByte() {}
  OddByte(const OddByte& other) : value(other.value) {}
  OddByte& operator=(const OddByte&) = default;
  unsigned char value = 0;
};

class RefusingResource final : public std::pmr::memory_resource {
 public:
  int calls = 0;

 private:
  void* do_allocate(std::size_t, std::size_t) override {
    ++calls;
    throw std::bad_alloc();
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

TEST_CASE("a capacity of a quarter of the address space is refused") {
  RefusingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  const std::size_t flag = SIZE_MAX / 4 + 1;
  for (const std::size_t capacity : {flag, flag + 1, flag + flag / 2}) {
    CAPTURE(capacity);
    CHECK_THROWS_AS(arena::AllocateSliceForOverwrite<OddByte>(a, 0, capacity), std::bad_alloc);
    CHECK(upstream.calls == 0);
  }
  // The largest one is not refused before memory is asked for.
  CHECK_THROWS_AS(arena::AllocateSliceForOverwrite<OddByte>(a, 0, flag - 1), std::bad_alloc);
  CHECK(upstream.calls > 0);
}
