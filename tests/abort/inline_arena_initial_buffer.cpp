// SPDX-License-Identifier: Apache-2.0
//
// An InlineArena brings its own initial buffer.
// expect: ^arena: an InlineArena brings its own initial_buffer; leave the option empty
#include <arena/arena.hpp>
#include <cstddef>

int main() {
  std::byte storage[64];
  const arena::InlineArena<64> a({.initial_buffer = storage});
  return 0;
}
