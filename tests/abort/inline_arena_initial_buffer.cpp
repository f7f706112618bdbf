// SPDX-License-Identifier: Apache-2.0
//
// The options of an InlineArena set no initial buffer.
// expect: ^arena: an InlineArena has its own initial_buffer; leave the option empty
#include <arena/arena.hpp>
#include <cstddef>

int main() {
  std::byte storage[64];
  const arena::InlineArena<64> a({.initial_buffer = storage});
  return 0;
}
