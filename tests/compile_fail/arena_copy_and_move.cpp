// SPDX-License-Identifier: Apache-2.0
//
// Slices, allocators and containers hold an arena's address: it is neither copied nor moved.
// quote: arena: it stays where it is: pass Arena&
// quote(2): arena: it stays where it is: pass Arena&
// quote(3): arena: it stays where it is: pass Arena&
// quote(4): arena: it stays where it is: pass Arena&
// quote(5): arena: it stays where it is: pass Arena&
#include <arena/arena.hpp>
#include <utility>

void Use(arena::MonotonicArena& a, [[maybe_unused]] arena::ConcurrentArena& shared,
         [[maybe_unused]] arena::InlineArena<64>& inline_arena) {
#if ARENA_MISUSE == 1
  arena::MonotonicArena copy(a);
#elif ARENA_MISUSE == 2
  arena::MonotonicArena moved(std::move(a));
#elif ARENA_MISUSE == 3
  arena::MonotonicArena other;
  other = a;
#elif ARENA_MISUSE == 4
  arena::ConcurrentArena moved(std::move(shared));
#elif ARENA_MISUSE == 5
  arena::InlineArena<64> copy(inline_arena);
#else
  arena::Arena& reference = a;
  reference.Reset();
#endif
}
