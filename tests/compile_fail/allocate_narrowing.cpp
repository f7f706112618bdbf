// SPDX-License-Identifier: Apache-2.0
//
// Aggregates are constructed with braces, which do not narrow.
// expect: arena: this aggregate cannot be constructed with braces from these arguments
// expect(2): arena: this aggregate cannot be constructed with braces from these arguments
#include <arena/arena.hpp>

struct Point {
  int x, y;
};

void Use(arena::Arena& a, [[maybe_unused]] double number, [[maybe_unused]] long large) {
#if ARENA_MISUSE == 1
  arena::Allocate<Point>(a, number, large);
#elif ARENA_MISUSE == 2
  arena::Allocate<Point>(a, 1, 2, 3);
#else
  arena::Allocate<Point>(a, static_cast<int>(number), static_cast<int>(large));
#endif
}
