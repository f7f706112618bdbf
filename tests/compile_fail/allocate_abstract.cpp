// SPDX-License-Identifier: Apache-2.0
//
// There are no objects of an abstract class.
// expect: arena: an abstract class cannot be allocated; use a class derived from it
// expect(2): arena: an abstract class cannot be allocated; use a class derived from it
// expect(3): arena: an abstract class cannot be allocated; use a class derived from it
#include <arena/arena.hpp>

struct Shape {
  virtual ~Shape() = default;
  virtual double Area() const = 0;
};
struct Square : Shape {
  double Area() const override { return 1.0; }
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Allocate<Shape>(a);
#elif ARENA_MISUSE == 2
  arena::AllocateForOverwrite<Shape>(a);
#elif ARENA_MISUSE == 3
  arena::TryAllocate<Shape>(a);
#else
  Shape* shape = arena::Allocate<Square>(a);
  static_cast<void>(shape);
#endif
}
