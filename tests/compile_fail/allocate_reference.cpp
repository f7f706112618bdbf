// SPDX-License-Identifier: Apache-2.0
//
// A reference is no object.
// expect: arena: a reference cannot be allocated; use the type without & or a pointer to it
// expect(2): arena: a reference cannot be allocated; use the type without & or a pointer to it
// expect(3): arena: a reference cannot be allocated; use the type without & or a pointer to it
#include <arena/arena.hpp>

void Use(arena::Arena& a, int& number) {
#if ARENA_MISUSE == 1
  arena::Allocate<int&>(a, number);
#elif ARENA_MISUSE == 2
  arena::TryAllocate<int&>(a, number);
#elif ARENA_MISUSE == 3
  arena::AllocateForOverwrite<int&>(a);
#else
  arena::Allocate<int*>(a, &number);
#endif
}
