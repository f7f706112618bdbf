// SPDX-License-Identifier: Apache-2.0
//
// AllocateSlice has to make its elements out of nothing.
// expect: arena: AllocateSlice needs a default constructor, or one that takes an allocator
#include <arena/arena.hpp>

struct Metres {
  explicit Metres(double n) : number(n) {}
  double number;
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::AllocateSlice<Metres>(a, 3);
#else
  static_cast<void>(arena::SliceAppend(a, arena::Slice<Metres>(), Metres(1.0)));
#endif
}
