// SPDX-License-Identifier: Apache-2.0
//
// The cleanups of a lease run when it ends, on the thread that ends it, and without a lock held.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"
#include "support/pools.hpp"

TEST_CASE("the end of a lease destroys its objects, newest first", "[pool]") {
  arena_test::LifetimeLog log;
  arena::ArenaPool pool;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    for (int i = 1; i <= 3; ++i) arena::Allocate<arena_test::Tracked>(*lease, i);
    arena::Defer(*lease, [&log] { log.Note(100); });
    CHECK(log.Live() == 3);
  }
  CHECK(log.Deaths() == std::vector<int>{100, 3, 2, 1});
  CHECK(log.Check().empty());
  CHECK(pool.Stats().idle == 1);  // the memory is kept all the same
  const arena::ArenaLease next = pool.Acquire(1);
  CHECK(log.Destructions() == 3);
}

TEST_CASE("a cleanup may use the pool that its lease goes back to", "[pool]") {
  arena::ArenaPool pool;
  int runs = 0;
  bool different = false;
  arena::ArenaPoolStats stats;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    arena::MonotonicArena* const own = &*lease;
    arena::Defer(*lease, [&, own] {
      // Each of these takes the pool's lock.
      const arena::ArenaLease inner = pool.Acquire(1);
      different = &*inner != own;
      inner->Alloc(1000);
      arena::Defer(*inner, [&runs] { ++runs; });
      stats = pool.Stats();
      pool.ShrinkTo(0);
      ++runs;
    });
  }
  CHECK(runs == 2);
  CHECK(different);
  CHECK(stats.open == 2);
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().returned == 2);
}

TEST_CASE("a cleanup may end another lease", "[pool]") {
  arena::ArenaPool pool;
  int runs = 0;
  {
    arena::ArenaLease outer = pool.Acquire(1);
    arena::ArenaLease inner = pool.Acquire(2);
    arena::Defer(*inner, [&runs] { ++runs; });
    arena::Allocate<arena::ArenaLease>(*outer, std::move(inner));
    CHECK(pool.Stats().open == 2);
  }
  CHECK(runs == 1);
  CHECK(pool.Stats().open == 0);
}

TEST_CASE("a cleanup may end the pool", "[pool]") {
  auto pool = std::make_unique<arena::ArenaPool>();
  {
    const arena::ArenaLease idle = pool->Acquire(2);
  }
  {
    arena::ArenaLease lease = pool->Acquire(1);
    arena::Defer(*lease, [&pool] { pool.reset(); });
    lease->Alloc(100);
  }
  CHECK(pool == nullptr);  // a sanitizer sees to the rest
}

TEST_CASE("cleanups run on the thread that ends the lease", "[pool][threads]") {
  arena::ArenaPool pool;
  std::thread::id ran_on;
  arena::ArenaLease lease = pool.Acquire(1);
  arena::Defer(*lease, [&ran_on] { ran_on = std::this_thread::get_id(); });
  std::thread::id ended_on;
  std::thread([&] {
    const arena::ArenaLease mine = std::move(lease);
    ended_on = std::this_thread::get_id();
  }).join();
  CHECK(ran_on == ended_on);
  CHECK(ran_on != std::this_thread::get_id());
  CHECK_FALSE(lease);
}

TEST_CASE("while a cleanup runs, other threads use the pool", "[pool][threads]") {
  arena::ArenaPool pool;
  bool served = false;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    arena::Defer(*lease, [&] {
      // With the lock held this would never come to an end.
      std::thread([&] {
        const arena::ArenaLease other = pool.Acquire(1);
        served = other->Alloc(10) != nullptr && pool.Stats().open == 2;
      }).join();
    });
  }
  CHECK(served);
}

TEST_CASE("what cleanups allocate and register at the end of a lease is served and run", "[pool]") {
  arena::ArenaPool pool;
  int depth = 0;
  struct Chain {
    arena::Arena* arena;
    int* depth;
    ~Chain() {
      arena->Alloc(3000);
      if (++*depth < 5) arena::Allocate<Chain>(*arena, arena, depth);
    }
  };
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    arena::Allocate<Chain>(*lease, &*lease, &depth);
  }
  CHECK(depth == 5);
  // More than the first buffer held: the arena is not kept, and its key remembers the need.
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats(1)->prediction >= 5 * 3000);
  const arena::ArenaLease next = pool.Acquire(1);
  CHECK(next->Cap() >= 5 * 3000);
}
