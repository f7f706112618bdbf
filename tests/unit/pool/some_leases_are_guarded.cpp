// SPDX-License-Identifier: Apache-2.0
//
// guard_one_in: one lease in about so many has memory that is inaccessible after its end.
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena::ArenaLease;
using arena::ArenaPool;

namespace {

// With ARENA_HEAP=1, what is handed out lies elsewhere.
bool IsReadable(const void* block) { return ARENA_HEAP == 0 && arena_test::IsReadable(block); }
bool IsUsable(const void* block) { return ARENA_HEAP != 0 || arena_test::IsReadable(block); }

// Leases once; whether the lease was guarded.
bool LeaseOnce(ArenaPool& pool) {
  const std::uint64_t before = pool.Stats().guarded;
  const ArenaLease lease = pool.Acquire(1);
  lease->Alloc(100);
  return pool.Stats().guarded != before;
}

}  // namespace

TEST_CASE("a guarded lease's memory is inaccessible after the lease", "[pool][guard]") {
  ArenaPool pool({.guard_one_in = 1});
  std::vector<const void*> blocks;
  {
    const ArenaLease lease = pool.Acquire(1);
    for (const std::size_t size : {std::size_t{100}, std::size_t{5000}, std::size_t{100'000}}) {
      blocks.push_back(lease->Alloc(size));
      CHECK(IsUsable(blocks.back()));
    }
  }
  for (const void* block : blocks) CHECK_FALSE(IsReadable(block));
  // Nor is it lent again.
  for (int i = 0; i < 20; ++i) LeaseOnce(pool);
  for (const void* block : blocks) CHECK_FALSE(IsReadable(block));
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.leases == 21);
  CHECK(stats.guarded == 21);
  CHECK(stats.reused == 0);
  CHECK(stats.returned == 21);
  CHECK(stats.evicted == 0);
  CHECK(stats.idle == 0);
  CHECK(stats.open == 0);
  // The key learns from guarded leases as from others.
  CHECK(pool.Stats(1)->returned == 21);
  std::ostringstream text;
  text << stats;
  CHECK(text.str().find(", guarded 21") != std::string::npos);
}

TEST_CASE("no lease is guarded unless it is asked for", "[pool][guard]") {
  ArenaPool pool;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(LeaseOnce(pool));
  CHECK(pool.Stats().reused == 99);
}

TEST_CASE("one lease in about so many is guarded, at random distances", "[pool][guard]") {
  constexpr int kOneIn = 10;
  constexpr int kLeases = 4000;
  ArenaPool pool({.guard_one_in = kOneIn, .guard_slots = 8});
  std::map<int, int> distances;
  int last = -1;
  int guarded = 0;
  for (int i = 0; i < kLeases; ++i) {
    if (!LeaseOnce(pool)) continue;
    ++guarded;
    ++distances[i - last];
    last = i;
  }
  // 400, give or take 11: eight times that.
  CHECK(guarded > kLeases / kOneIn - 90);
  CHECK(guarded < kLeases / kOneIn + 90);
  // Each distance from 1 to 19, of which one in 19 has each.
  CHECK(distances.begin()->first == 1);
  CHECK(distances.rbegin()->first == 2 * kOneIn - 1);
  CHECK(distances.size() == 2 * kOneIn - 1);
  // The arenas of the others were reused meanwhile.
  CHECK(pool.Stats().reused >= static_cast<std::uint64_t>(kLeases - guarded - 1));
}

TEST_CASE("two pools do not guard the same leases", "[pool][guard]") {
  ArenaPool first({.guard_one_in = 10, .guard_slots = 4});
  ArenaPool second({.guard_one_in = 10, .guard_slots = 4});
  int different = 0;
  for (int i = 0; i < 300; ++i) {
    if (LeaseOnce(first) != LeaseOnce(second)) ++different;
  }
  CHECK(different != 0);
}

TEST_CASE("with as many guarded leases open as there are slots, others are not", "[pool][guard]") {
  ArenaPool pool({.guard_one_in = 1, .guard_slots = 2});
  std::vector<ArenaLease> leases;
  for (int i = 0; i < 5; ++i) leases.push_back(pool.Acquire(1));
  CHECK(pool.Stats().guarded == 2);
  leases.clear();
  CHECK(pool.Stats().idle == 3);
  CHECK(LeaseOnce(pool));
  CHECK(pool.Stats().idle == 3);
}

TEST_CASE("a guarded lease may outlive its pool, and its cleanups run", "[pool][guard]") {
  arena_test::LifetimeLog log;
  const void* block = nullptr;
  {
    std::optional<ArenaPool> pool(std::in_place, arena::ArenaPoolOptions{.guard_one_in = 1});
    ArenaLease lease = pool->Acquire(1);
    pool.reset();
    block = arena::Allocate<arena_test::Tracked>(*lease, 1);
    CHECK(IsUsable(block));
  }
  CHECK(log.Check().empty());
  CHECK_FALSE(IsReadable(block));
}

TEST_CASE("a guarded lease keeps its limit, and one that cannot begin leaves no trace",
          "[pool][guard]") {
  ArenaPool pool({.max_lease_bytes = 10'000, .guard_one_in = 1});
  {
    const ArenaLease lease = pool.Acquire(1);
    CHECK(lease->TryAlloc(20'000) == nullptr);
    CHECK(lease->TryAlloc(1000) != nullptr);
  }
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().guarded == 1);
}

TEST_CASE("with each lease guarded, the one after one that could not begin is", "[pool][guard]") {
  arena_test::CheckingResource upstream;
  ArenaPool pool({.upstream = &upstream, .guard_one_in = 1, .guard_slots = 1});
  ArenaLease first = pool.Acquire(1);
  upstream.FailAt(1, arena_test::Failure::kBadAlloc);
  CHECK_THROWS_AS(pool.Acquire(1), std::bad_alloc);  // there is no second slot, and no memory
  upstream.FailNever();
  first.Return();
  CHECK(LeaseOnce(pool));
  CHECK_THROWS_AS(pool.Acquire(1, SIZE_MAX),
                  std::bad_alloc);  // there is a slot, but no such memory
  CHECK(LeaseOnce(pool));
  CHECK(pool.Stats().guarded == 3);
}

TEST_CASE("while no lease can be guarded, arenas are reused as without a guard", "[pool][guard]") {
  const std::size_t slots = GENERATE(std::size_t{0}, std::size_t{1});
  ArenaPool pool({.guard_one_in = 1, .guard_slots = slots});
  ArenaLease open = pool.Acquire(1);
  LeaseOnce(pool);  // makes the arena that the others get
  for (int i = 0; i < 100; ++i) CHECK_FALSE(LeaseOnce(pool));
  CHECK(pool.Stats().guarded == slots);
  CHECK(pool.Stats().reused >= 100);
  CHECK(pool.Stats().idle == 1);
  open.Return();
  CHECK(LeaseOnce(pool) == (slots != 0));
}

TEST_CASE("a key of a guarded lease may have no name", "[pool][guard]") {
  ArenaPool pool(
      {.guard_one_in = 1, .key_name = [](std::uint64_t) noexcept { return std::string_view(); }});
  CHECK(LeaseOnce(pool));
}

TEST_CASE("guarded memory does not come from upstream", "[pool][guard]") {
  arena_test::CheckingResource upstream;
  ArenaPool pool({.upstream = &upstream, .guard_one_in = 1});
  CHECK(LeaseOnce(pool));
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("threads lease guarded and other arenas from one pool", "[pool][guard][threads]") {
  ArenaPool pool({.guard_one_in = 3, .guard_slots = 4});
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&pool, thread] {
      for (int i = 0; i < 100; ++i) {
        const ArenaLease lease = pool.Acquire(thread % 2);
        *arena::Allocate<int>(*lease) = i;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.leases == 400);
  CHECK(stats.open == 0);
  CHECK(stats.guarded > 0);
  CHECK(stats.reused + stats.guarded <= 400);
}
#endif
