// SPDX-License-Identifier: Apache-2.0
//
// Values convert to elements implicitly only, as push_back has it.
// expect: no matching function|no known conversion|cannot convert
// expect(2): no matching function|constraints not satisfied
// expect(3): arena: SliceAppendRange needs a range whose elements convert to T implicitly
#include <arena/arena.hpp>
#include <memory>
#include <vector>

struct Metres {
  explicit Metres(double n) : number(n) {}
  double number;
};

void Use(arena::Arena& a, arena::Slice<Metres> slice) {
#if ARENA_MISUSE == 1
  slice = arena::SliceAppend(a, slice, 1.0);
#elif ARENA_MISUSE == 2
  slice = arena::SliceAppend(a, slice, 1.0, 2.0);
#elif ARENA_MISUSE == 3
  slice = arena::SliceAppendRange(a, slice, std::vector<double>{1.0});
#else
  slice = arena::SliceAppend(a, slice, Metres(1.0));
  slice = arena::SliceAppend(a, slice, Metres(1.0), Metres(2.0));
  slice = arena::SliceAppendRange(a, slice, std::vector<Metres>{Metres(1.0)});
#endif
}
