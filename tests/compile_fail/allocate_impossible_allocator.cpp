// SPDX-License-Identifier: Apache-2.0
//
// A type that says it takes an allocator, and has no constructor that does with these arguments.
// expect: arena: this type takes an allocator, but not with these arguments; pass it arena::Allocator
#include <arena/arena.hpp>
#include <cstddef>

struct Promising {
  using allocator_type = arena::Allocator<std::byte>;
  explicit Promising(allocator_type) {}
  explicit Promising(int) {}
};

void Use(arena::Arena& a) {
#if ARENA_MISUSE == 1
  arena::Allocate<Promising>(a, 3);
#else
  arena::Allocate<Promising>(a);
  arena::Allocate<Promising>(a, arena::Allocator<std::byte>(a));
#endif
}
