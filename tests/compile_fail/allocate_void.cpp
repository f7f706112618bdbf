// SPDX-License-Identifier: Apache-2.0
//
// void is for raw memory, which is asked for in bytes.
// expect: arena: void cannot be allocated; use Arena::Alloc
// expect(2): arena: a function cannot be allocated; use a pointer to it, or arena::Defer
#include <arena/arena.hpp>

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Allocate<void>(a);
#elif ARENA_MISUSE == 2
  arena::Allocate<void()>(a);
#else
  a.Alloc(16);
#endif
}
