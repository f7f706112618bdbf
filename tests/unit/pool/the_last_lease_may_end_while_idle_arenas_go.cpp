// SPDX-License-Identifier: Apache-2.0
//
// Forced: the last lease ends while the pool is in the middle of its own end. What both use goes
// with whoever is last, once.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <memory>
#include <thread>
#include <utility>

#include "support/catch.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena_test::Gate;
using arena_test::GatedResource;

TEST_CASE("the last lease ends while the pool gives up its idle arenas", "[pool][threads]") {
  const bool grows = GENERATE(false, true);
  GatedResource upstream;
  arena_test::LifetimeLog log;
  arena::ArenaPoolOptions options;
  options.upstream = &upstream;
  auto pool = std::make_unique<arena::ArenaPool>(options);
  arena::ArenaLease lease = pool->Acquire(1);
  {
    const arena::ArenaLease idle = pool->Acquire(2);
  }
  arena::Allocate<arena_test::Tracked>(*lease, 1);
  Gate gate;
  upstream.before_deallocate = &gate;
  std::thread ends_pool([&pool] { pool.reset(); });
  REQUIRE(gate.WaitUntilReached());
  // The pool is no longer alive, and not yet gone. (Its lock is free, or this would not come back.)
  arena_test::Signal returned;
  std::thread ends_lease([&] {
    if (grows) lease->Alloc(50'000);
    lease.Return();
    returned.Set();
  });
  CHECK(returned.Wait());
  CHECK(log.Live() == 0);
  // It was not kept by a pool that nobody will ask for it: only what the pool gives up is left.
  CHECK(upstream.Checked().LiveBlocks() == 1);
  gate.Open();
  ends_lease.join();
  ends_pool.join();
  CHECK(gate.WasPassed());
  CHECK(log.Check().empty());
  CHECK(upstream.Checked().Check().empty());
}
