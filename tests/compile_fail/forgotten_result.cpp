// SPDX-License-Identifier: Apache-2.0
//
// What is called for its result alone says so.
// expect: nodiscard|unused-result|unused-value
// expect(2): nodiscard|unused-result|unused-value
// expect(3): nodiscard|unused-result|unused-value
// expect(4): nodiscard|unused-result|unused-value
// expect(5): nodiscard|unused-result|unused-value
// expect(6): nodiscard|unused-result|unused-value
// expect(7): nodiscard|unused-result|unused-value
// expect(8): nodiscard|unused-result|unused-value
// expect(9): nodiscard|unused-result|unused-value
// expect(10): nodiscard|unused-result|unused-value
#include <arena/arena.hpp>

#pragma GCC diagnostic error "-Wunused-result"
#ifdef __clang__
#pragma GCC diagnostic error "-Wunused-value"
#endif

void Use(arena::MonotonicArena& a, arena::Slice<int> slice) {
#if ARENA_MISUSE == 1
  arena::SliceAppend(a, slice, 1);
#elif ARENA_MISUSE == 2
  arena::SliceAppend(a, slice, 1, 2);
#elif ARENA_MISUSE == 3
  arena::SliceAppendRange(a, slice, {1, 2});
#elif ARENA_MISUSE == 4
  arena::AllocateSlice<int>(a, 3);
#elif ARENA_MISUSE == 5
  arena::AllocateSliceForOverwrite<int>(a, 3, 3);
#elif ARENA_MISUSE == 6
  slice.Clip();
#elif ARENA_MISUSE == 7
  slice.Subslice(0, 0);
#elif ARENA_MISUSE == 8
  a.TryAlloc(1);
#elif ARENA_MISUSE == 9
  arena::TryAllocate<int>(a);
#elif ARENA_MISUSE == 10
  arena::CopyString(a, "text");
#else
  slice = arena::SliceAppend(a, slice, 1);
  arena::Allocate<int>(a);  // may be called for its destructor
#endif
}
