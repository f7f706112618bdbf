// SPDX-License-Identifier: Apache-2.0
//
// AllocateSlice and the functions ForOverwrite have to make objects out of nothing.
// expect: arena: AllocateSlice needs a default constructor, or one that takes an allocator
// expect(2): arena: AllocateSliceForOverwrite needs a default constructor, or one that takes an allocator
// expect(3): arena: AllocateForOverwrite needs a default constructor, or one that takes an allocator
#include <arena/arena.hpp>

struct Metres {
  explicit Metres(double n) : number(n) {}
  double number;
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::AllocateSlice<Metres>(a, 3);
#elif ARENA_MISUSE == 2
  static_cast<void>(arena::AllocateSliceForOverwrite<Metres>(a, 3, 3));
#elif ARENA_MISUSE == 3
  static_cast<void>(arena::AllocateForOverwrite<Metres>(a));
#else
  static_cast<void>(arena::SliceAppend(a, arena::Slice<Metres>(), Metres(1.0)));
#endif
}
