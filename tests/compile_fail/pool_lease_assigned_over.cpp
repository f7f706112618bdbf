// SPDX-License-Identifier: Apache-2.0
//
// A lease is not assigned over, also not by the assignment of a struct that holds one.
// quote: arena: Return\(\) it, make a new lease
// quote(2): arena: Return\(\) it, make a new lease
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/pool.hpp>
#include <optional>
#include <utility>

struct Request {
  arena::ArenaLease lease;
  arena::Vector<int> values;
  explicit Request(arena::ArenaPool& pool) : lease(pool.Acquire(1)), values(*lease) {}
};

void Use(arena::ArenaPool& pool) {
#if ARENA_MISUSE == 1
  arena::ArenaLease lease = pool.Acquire(1);
  lease = pool.Acquire(2);
#elif ARENA_MISUSE == 2
  Request current(pool);
  Request next(pool);
  current = std::move(next);
#else
  std::optional<Request> current(std::in_place, pool);
  current.emplace(pool);
#endif
}
