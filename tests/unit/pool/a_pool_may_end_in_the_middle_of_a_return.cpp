// SPDX-License-Identifier: Apache-2.0
//
// Forced: a lease ends while its pool does, with the one or the other ahead at each point where the
// end of a lease can be overtaken. Everything is given back, and nothing is used that is gone.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <memory>
#include <thread>
#include <utility>

#include "support/catch.hpp"
#include "support/interleaving.hpp"

using arena_test::Gate;
using arena_test::GatedClock;
using arena_test::GatedResource;
using arena_test::Signal;

namespace {

std::unique_ptr<arena::ArenaPool> PoolOverGates(GatedResource& upstream) {
  arena::ArenaPoolOptions options;
  options.upstream = &upstream;
  options.clock = &GatedClock::Now;
  auto pool = std::make_unique<arena::ArenaPool>(options);
  arena::ArenaLease one = pool->Acquire(1);  // two idle arenas
  arena::ArenaLease two = pool->Acquire(1);
  return pool;
}

}  // namespace

TEST_CASE("the pool ends while a lease is inside its cleanups", "[pool][threads]") {
  GatedResource upstream;
  auto pool = PoolOverGates(upstream);
  Gate gate;
  arena::ArenaLease lease = pool->Acquire(1);
  arena::Defer(*lease, [&gate] { gate.Pass(); });
  CHECK(upstream.Checked().LiveBlocks() == 2);
  std::thread ends([mine = std::move(lease)]() mutable { mine.Return(); });
  REQUIRE(gate.WaitUntilReached());
  pool.reset();
  CHECK(upstream.Checked().LiveBlocks() == 1);  // the leased one alone
  gate.Open();
  ends.join();
  CHECK(gate.WasPassed());
  CHECK(upstream.Checked().Check().empty());
}

TEST_CASE("the pool ends while a lease holds its lock", "[pool][threads]") {
  GatedResource upstream;
  auto pool = PoolOverGates(upstream);
  Gate gate;
  Signal pool_ended;
  arena::ArenaLease lease = pool->Acquire(1);
  GatedClock::gate = &gate;  // read at the return, under the lock
  std::thread ends([mine = std::move(lease)]() mutable { mine.Return(); });
  REQUIRE(gate.WaitUntilReached());
  Signal about_to_end;
  std::thread ends_pool([&] {
    about_to_end.Set();
    pool.reset();
    pool_ended.Set();
  });
  CHECK(about_to_end.Wait());
  CHECK_FALSE(pool_ended.IsSet());
  CHECK(upstream.Checked().LiveBlocks() == 2);  // nothing is given up before the lease has its way
  gate.Open();
  ends.join();
  ends_pool.join();
  CHECK(gate.WasPassed());
  // The lease went to the idle ones, and with them.
  CHECK(upstream.Checked().Check().empty());
}

TEST_CASE("the pool ends while a lease gives its arena up", "[pool][threads]") {
  GatedResource upstream;
  auto pool = PoolOverGates(upstream);
  Gate gate;
  arena::ArenaLease lease = pool->Acquire(1);
  lease->Alloc(100'000);  // more than is kept
  upstream.before_deallocate = &gate;
  std::thread ends([mine = std::move(lease)]() mutable { mine.Return(); });
  REQUIRE(gate.WaitUntilReached());
  CHECK(pool->Stats().open == 0);  // without the lock
  pool.reset();
  CHECK(upstream.Checked().LiveBlocks() == 2);  // the buffers of the one that is on its way out
  gate.Open();
  ends.join();
  CHECK(gate.WasPassed());
  CHECK(upstream.Checked().Check().empty());
}
