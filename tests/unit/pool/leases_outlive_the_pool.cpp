// SPDX-License-Identifier: Apache-2.0
//
// Leases whose pool is gone: they work on and give everything back when they end.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

namespace {

// A pool over `upstream`, or over its own pages when that is null, with some idle arenas.
std::unique_ptr<arena::ArenaPool> MakePool(arena_test::CheckingResource* upstream) {
  arena::ArenaPoolOptions options;
  options.upstream = upstream;
  auto pool = std::make_unique<arena::ArenaPool>(options);
  std::vector<arena::ArenaLease> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(pool->Acquire(9));
  return pool;
}

}  // namespace

TEST_CASE("a lease works on when its pool is gone, and gives back all it took", "[pool]") {
  arena_test::CheckingResource upstream;
  arena_test::LifetimeLog log;
  {
    auto pool = MakePool(GENERATE(false, true) ? &upstream : nullptr);
    arena::ArenaLease lease = pool->Acquire(1);
    arena::ArenaLease second = pool->Acquire(2);
    arena::Allocate<arena_test::Tracked>(*lease, 1);
    void* const before = lease->Alloc(100);
    arena_test::Fill(before, 100, 5);
    pool.reset();
    void* const after = lease->Alloc(50'000);
    arena_test::Fill(after, 50'000, 6);
    arena::Allocate<arena_test::Tracked>(*lease, 2);
    CHECK(arena_test::StillHolds(before, 100, 5));
    CHECK(arena_test::StillHolds(after, 50'000, 6));
    arena::ArenaLease moved = std::move(lease);
    moved->Reset();
    CHECK(log.Destructions() == 2);
    moved->Alloc(10);
    second.Return();
    moved->Alloc(10);
  }
  CHECK(log.Check().empty());
  CHECK(upstream.Check().empty());
}

TEST_CASE("the pool gives its idle arenas back at its end, with leases open or not", "[pool]") {
  arena_test::CheckingResource upstream;
  auto pool = MakePool(&upstream);
  CHECK(upstream.LiveBlocks() == 3);
  {
    const arena::ArenaLease lease = pool->Acquire(9);
    pool.reset();
    CHECK(upstream.LiveBlocks() == 1);
  }
  CHECK(upstream.LiveBlocks() == 0);
  pool = MakePool(&upstream);
  pool.reset();
  CHECK(upstream.LiveBlocks() == 0);
}

TEST_CASE("a lease may end on another thread after its pool", "[pool][threads]") {
  arena_test::LifetimeLog log;
  auto pool = MakePool(nullptr);
  arena::ArenaLease lease = pool->Acquire(1);
  arena::Allocate<arena_test::Tracked>(*lease, 1);
  pool.reset();
  std::thread([mine = std::move(lease)]() mutable {
    arena::Allocate<arena_test::Tracked>(*mine, 2);
    mine.Return();
  }).join();
  CHECK(log.Deaths() == std::vector<int>{2, 1});
}

TEST_CASE("leases may end on other threads while their pool does", "[pool][threads]") {
  std::size_t ended = 0;
  for (int round = 0; round < 100; ++round) {
    auto pool = MakePool(nullptr);
    std::vector<std::thread> threads;
    for (std::uint64_t key = 0; key < 3; ++key) {
      // The last one needs more than its buffer: it is given up, outside the lock.
      threads.emplace_back([lease = pool->Acquire(key), key]() mutable {
        lease->Alloc(key == 2 ? 20'000 : 100);
        lease.Return();
      });
    }
    pool.reset();
    for (std::thread& thread : threads) {
      thread.join();
      ++ended;
    }
  }
  CHECK(ended == 300);
}
