// SPDX-License-Identifier: Apache-2.0
//
// A lease has one owner, and a pool stays where it is.
// quote: arena: a lease is moved, not copied
// quote(2): arena: Return\(\) it, make a new lease
// quote(3): arena: a pool is shared by reference
// quote(4): arena: a pool is shared by reference
// quote(5): arena: a pool is shared by reference
#include <arena/pool.hpp>
#include <utility>

void Use(arena::ArenaPool& pool, arena::ArenaLease& lease) {
#if ARENA_MISUSE == 1
  arena::ArenaLease copy = lease;
#elif ARENA_MISUSE == 2
  arena::ArenaLease other;
  other = lease;
#elif ARENA_MISUSE == 3
  arena::ArenaPool copy = pool;
#elif ARENA_MISUSE == 4
  arena::ArenaPool moved = std::move(pool);
#elif ARENA_MISUSE == 5
  arena::ArenaPool other;
  other = pool;
#else
  arena::ArenaLease moved = std::move(lease);
  pool.ShrinkTo(0);
#endif
}
