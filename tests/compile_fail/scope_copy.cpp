// SPDX-License-Identifier: Apache-2.0
//
// A scope ends where it began: stale and foreign marks cannot be written.
// expect: deleted function|deleted constructor
// expect(2): deleted function|deleted constructor
// expect(3): no matching function|cannot bind|could not convert|no known conversion|no matching constructor
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
#endif
}
