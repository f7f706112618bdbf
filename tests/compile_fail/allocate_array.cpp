// SPDX-License-Identifier: Apache-2.0
//
// An array is no single object.
// expect: arena: T\[N\] cannot be allocated as one object; use arena::AllocateSlice
// expect(2): arena: T\[N\] cannot be allocated as one object; use arena::AllocateSlice
// expect(3): arena: T\[N\] cannot be allocated as one object; use arena::AllocateSlice
// expect(4): arena: T\[N\] cannot be allocated as one object; use arena::AllocateSlice
#include <arena/arena.hpp>

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Allocate<int[4]>(a);
#elif ARENA_MISUSE == 2
  arena::Allocate<int[]>(a);
#elif ARENA_MISUSE == 3
  arena::TryAllocate<int[4]>(a);
#elif ARENA_MISUSE == 4
  arena::AllocateForOverwrite<int[4]>(a);
#else
  static_cast<void>(arena::AllocateSlice<int>(a, 4));
#endif
}
