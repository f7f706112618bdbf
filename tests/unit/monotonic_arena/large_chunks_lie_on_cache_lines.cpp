// SPDX-License-Identifier: Apache-2.0
//
// A chunk of 4 KiB or more, of a round size, begins and ends on a cache line wherever upstream puts its
// block, so objects of 64 bytes do not straddle two.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

namespace {

constexpr std::size_t kLine = 64;

std::size_t InLine(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % kLine;
}

}  // namespace

TEST_CASE("the first object of a large chunk lies on a cache line", "[places]") {
  for (const std::size_t size : {4096U, 8192U, 32768U}) {
    for (std::size_t shift = 16; shift <= kLine; shift += 16) {
      CAPTURE(size, shift);
      arena::MonotonicArena parent({.min_buffer_size = 1 << 20});
      parent.Alloc(shift, 16);
      arena::MonotonicArena child({.min_buffer_size = size, .upstream = &parent});
      CHECK(InLine(child.Alloc(kLine, 1)) == 0);
      child.Reserve(2 * size);
      CHECK(InLine(child.Alloc(kLine, 1)) == 0);
    }
  }
}
