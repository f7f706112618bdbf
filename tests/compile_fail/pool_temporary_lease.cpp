// SPDX-License-Identifier: Apache-2.0
//
// The arena of a temporary lease would be gone at the end of the statement.
// quote: arena: give the lease a name first
// quote(2): arena: give the lease a name first
// quote(3): arena: give the lease a name first
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <utility>

void Use(arena::ArenaPool& pool) {
#if ARENA_MISUSE == 1
  arena::MonotonicArena& a = *pool.Acquire(1);
  a.Alloc(1);
#elif ARENA_MISUSE == 2
  void* block = pool.Acquire(1)->Alloc(1);
  static_cast<void>(block);
#elif ARENA_MISUSE == 3
  arena::ArenaLease lease = pool.Acquire(1);
  arena::MonotonicArena& a = *std::move(lease);
  a.Alloc(1);
#else
  arena::ArenaLease lease = pool.Acquire(1);
  arena::MonotonicArena& a = *lease;
  a.Alloc(1);
  lease->Alloc(1);
  const arena::ArenaLease& same = lease;
  same->Alloc(1);
  (*same).Alloc(1);
#endif
}
