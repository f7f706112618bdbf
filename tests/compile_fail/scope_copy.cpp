// SPDX-License-Identifier: Apache-2.0
//
// A scope ends where it began: stale and foreign marks cannot be written.
// quote: arena: a scope stays where it began
// quote(2): arena: a scope stays where it began
// quote(3): arena: a scope needs the MonotonicArena itself
// quote(4): arena: a scope needs the MonotonicArena itself
#include <arena/arena.hpp>
#include <utility>

void Use(arena::MonotonicArena& a, [[maybe_unused]] arena::ConcurrentArena& shared) {
  arena::ArenaScope scope(a);
#if ARENA_MISUSE == 1
  arena::ArenaScope copy(scope);
#elif ARENA_MISUSE == 2
  arena::ArenaScope moved(std::move(scope));
#elif ARENA_MISUSE == 3
  arena::ArenaScope of_a_decorator(shared);
#elif ARENA_MISUSE == 4
  arena::Arena& interface = a;
  arena::ArenaScope through_the_interface(interface);
#endif
}
