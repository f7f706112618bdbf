// SPDX-License-Identifier: Apache-2.0
//
// Raw memory is handed out as it is: nothing pays for zeroes that nobody asked for.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/raw_memory.hpp"

TEST_CASE("raw memory holds what it held", "[raw][places]") {
  arena_test::CheckingResource upstream;  // fills its blocks with 0xCD
  arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
  const auto all_new = [](const void* block, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(block);
    for (std::size_t i = 0; i < size; ++i) {
      if (bytes[i] != 0xCD) return false;
    }
    return true;
  };
  void* block = a.Alloc(256, 1);
  CHECK(all_new(block, 256));
  CHECK(all_new(a.TryAlloc(256, 16), 256));
  CHECK(all_new(a.Alloc(5000, 1), 5000));
  arena_test::Fill(block, 256, 1);
  a.Reset();
  CHECK(arena_test::StillHolds(a.Alloc(256, 1), 256, 1));
}
