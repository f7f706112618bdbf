// SPDX-License-Identifier: Apache-2.0
//
// Debug builds notice offsets and pointers that are not of the range.
// expect(at_behind_the_memory): At of an offset that nothing was allocated at
// expect(at_far_outside): At of an offset that nothing was allocated at
// expect(at_misaligned): At of an offset that does not suit the type
// expect(offset_of_a_stranger): OffsetOf of a pointer that is not in the range
// expect(reset_in_a_scope): ^arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(release_in_a_scope): ^arena: Reset, Release or the end of an arena while one of its scopes is open
#undef NDEBUG
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

int main(int, char** arguments) {
  const std::string_view misuse = arguments[1];
  arena::VirtualArena a({.address_space = std::size_t{1} << 20});
  const int* const object = arena::Allocate<int>(a, 7);
  int sum = *object;
  if (misuse == "at_behind_the_memory") {
    sum += *a.At<int>(a.Reserved() - sizeof(int));
  } else if (misuse == "at_far_outside") {
    sum += *a.At<int>(SIZE_MAX - 3);
  } else if (misuse == "at_misaligned") {
    sum += *a.At<int>(1);
  } else if (misuse == "offset_of_a_stranger") {
    return static_cast<int>(a.OffsetOf(&sum));
  } else if (misuse == "reset_in_a_scope") {
    const arena::ArenaScope scope(a);
    a.Reset();
  } else if (misuse == "release_in_a_scope") {
    const arena::ArenaScope scope(a);
    a.Release();
  }
  return sum == 7 ? 0 : 1;
}
