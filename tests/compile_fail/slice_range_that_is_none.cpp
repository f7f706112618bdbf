// SPDX-License-Identifier: Apache-2.0
//
// SliceAppendRange appends a range, not a value.
// expect: arena: SliceAppendRange needs a range, which has begin\(\) and end\(\)
// expect(2): arena: SliceAppendRange needs a range, which has begin\(\) and end\(\)
#include <arena/arena.hpp>
#include <vector>

struct Endless {
  int* begin() const { return nullptr; }
};

void Use(arena::Arena& a, arena::Slice<int> slice) {
#if ARENA_MISUSE == 1
  slice = arena::SliceAppendRange(a, slice, 5);
#elif ARENA_MISUSE == 2
  slice = arena::SliceAppendRange(a, slice, Endless());
#else
  slice = arena::SliceAppendRange(a, slice, {5});
  slice = arena::SliceAppendRange(a, slice, std::vector<int>{5});
#endif
}
