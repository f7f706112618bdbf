// SPDX-License-Identifier: Apache-2.0
//
// The arena's objects are what the type says; const is for the pointer to them.
// expect: arena: a cv-qualified type cannot be allocated; use the type without const and volatile
// expect(2): arena: a cv-qualified type cannot be allocated; use the type without const and volatile
// expect(3): arena: a cv-qualified type cannot be allocated; use the type without const and volatile
#include <arena/arena.hpp>

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Allocate<const int>(a, 3);
#elif ARENA_MISUSE == 2
  arena::TryAllocate<volatile int>(a, 3);
#elif ARENA_MISUSE == 3
  arena::AllocateForOverwrite<const int>(a);
#else
  const int* number = arena::Allocate<int>(a, 3);
  static_cast<void>(number);
#endif
}
