// SPDX-License-Identifier: Apache-2.0
//
// A destructor that may throw has nobody to throw to when the arena runs it.
// expect: arena: the destructor must be accessible and noexcept; declare it so
// expect(2): arena: the destructor must be accessible and noexcept; declare it so
// expect(3): arena: the destructor must be accessible and noexcept; declare it so
// expect(4): arena: the destructor must be accessible and noexcept; declare it so
// expect(5): arena: the destructor must be accessible and noexcept; declare it so
// expect(6): arena: the destructor must be accessible and noexcept; declare it so
#include <arena/arena.hpp>
#include <memory>

#if ARENA_MISUSE == 0
#define MAY_THROW noexcept
#else
#define MAY_THROW noexcept(false)
#endif

struct Thrower {
  ~Thrower() MAY_THROW {}
  void operator()() const {}
};

class Private {
  ~Private() = default;
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1 || ARENA_MISUSE == 0
  arena::Allocate<Thrower>(a);
#endif
#if ARENA_MISUSE == 2 || ARENA_MISUSE == 0
  static_cast<void>(arena::AllocateSlice<Thrower>(a, 3));
#endif
#if ARENA_MISUSE == 3 || ARENA_MISUSE == 0
  arena::Defer(a, Thrower());
#endif
#if ARENA_MISUSE == 5 || ARENA_MISUSE == 0
  arena::Own(a, std::make_unique<Thrower>());
#endif
#if ARENA_MISUSE == 6 || ARENA_MISUSE == 0
  arena::Own(a, std::make_unique<Thrower[]>(2));
#endif
#if ARENA_MISUSE == 4
  arena::Allocate<Private>(a);
#endif
}
