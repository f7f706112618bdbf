// SPDX-License-Identifier: Apache-2.0
//
// What cannot be allocated cannot be an element either.
// expect: arena: a cv-qualified type cannot be allocated; use the type without const and volatile
// expect(2): arena: an abstract class cannot be allocated; use a class derived from it
// expect(3): arena: T\[N\] cannot be allocated as one object
// expect(4): arena: a cv-qualified type cannot be allocated; use the type without const and volatile
// expect(5): arena: a slice holds objects; of references make pointers, of void std::byte
// expect(6): arena: a slice holds objects; of references make pointers, of void std::byte
#include <arena/arena.hpp>
#include <cstddef>

struct Shape {
  virtual ~Shape() = default;
  virtual double Area() const = 0;
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::AllocateSlice<const int>(a, 3);
#elif ARENA_MISUSE == 2
  arena::AllocateSlice<Shape>(a, 3);
#elif ARENA_MISUSE == 3
  arena::AllocateSlice<int[2]>(a, 3);
#elif ARENA_MISUSE == 4
  arena::AllocateSliceForOverwrite<const int>(a, 0, 3);
#elif ARENA_MISUSE == 5
  arena::AllocateSlice<int&>(a, 3);
#elif ARENA_MISUSE == 6
  arena::AllocateSlice<void>(a, 3);
#else
  static_cast<void>(arena::AllocateSlice<int*>(a, 3));
  static_cast<void>(arena::AllocateSlice<std::byte>(a, 3));
  static_cast<void>(arena::AllocateSlice<int>(a, 3));
  static_cast<void>(arena::AllocateSlice<Shape*>(a, 3));
#endif
}
