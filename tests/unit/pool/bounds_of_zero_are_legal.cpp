// SPDX-License-Identifier: Apache-2.0
//
// Options at the ends of their ranges: a pool that may keep nothing still serves.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

// Leases of two keys, some of them at the same time; true when all of them worked.
bool Serves(arena::ArenaPool& pool) {
  for (std::size_t i = 0; i < 50; ++i) {
    const arena::ArenaLease first = pool.Acquire(i % 2);
    const arena::ArenaLease second = pool.Acquire(i % 2, 5000);
    if (first->TryAlloc(100 + 200 * i) == nullptr) return false;
    if (second->TryAlloc(5000) == nullptr || second->Stats().buffers != 1) return false;
  }
  return pool.Stats().leases == 100 && pool.Stats().open == 0;
}

}  // namespace

TEST_CASE("a pool that may keep no bytes keeps none", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_idle_bytes = 0;
  arena::ArenaPool pool(options);
  CHECK(Serves(pool));
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().reused == 0);
  CHECK(pool.Stats().evicted == 100);
}

TEST_CASE("a pool whose arenas may not be idle keeps none", "[pool]") {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_age =
      std::chrono::nanoseconds(GENERATE(0, -1, std::numeric_limits<std::int64_t>::min()));
  arena::ArenaPool pool(options);
  CHECK(Serves(pool));
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().reused == 0);
}

TEST_CASE("a pool that may keep arenas of no size keeps none", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_arena_bytes = 0;
  arena::ArenaPool pool(options);
  CHECK(Serves(pool));
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("a pool that may remember no key sizes by what is known at Acquire", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_keys = 0;
  arena::ArenaPool pool(options);
  CHECK(Serves(pool));
  CHECK(pool.Stats().keys == 0);
  CHECK_FALSE(pool.Stats(0));
  CHECK(pool.Stats().reused > 0);
  const arena::ArenaLease lease = pool.Acquire(7, 100'000);
  CHECK(lease->Cap() >= 100'000);
}

TEST_CASE("a pool without a history goes by the latest lease", "[pool]") {
  arena::ArenaPoolOptions options;
  options.history = 0;
  arena::ArenaPool pool(options);
  for (const std::size_t bytes : {std::size_t{10'000}, std::size_t{100}, std::size_t{5000}}) {
    {
      const arena::ArenaLease lease = pool.Acquire(1);
      lease->Alloc(bytes, 1);
    }
    CHECK(pool.Stats(1)->prediction >= bytes);
    CHECK(pool.Stats(1)->prediction < bytes + 300);
  }
}

TEST_CASE("a history too long for memory is refused with the first lease of a key", "[pool]") {
  arena::ArenaPoolOptions options;
  options.history = SIZE_MAX;
  arena::ArenaPool pool(options);
  CHECK_THROWS_AS(pool.Acquire(1), std::bad_alloc);
  CHECK(pool.Stats().keys == 0);
  CHECK(pool.Stats().open == 0);
}

TEST_CASE("a quantile that makes no sense counts as the nearest that does", "[pool]") {
  const auto prediction = [](double quantile) {
    arena::ArenaPoolOptions options;
    options.quantile = quantile;
    arena::ArenaPool pool(options);
    for (const std::size_t bytes : {2000U, 3000U, 1000U}) {
      const arena::ArenaLease lease = pool.Acquire(1);
      lease->Alloc(bytes, 1);
    }
    return pool.Stats(1)->prediction;
  };
  CHECK(prediction(-3) == prediction(0));
  CHECK(prediction(std::numeric_limits<double>::quiet_NaN()) == prediction(0));
  CHECK(prediction(7) == prediction(1));
  CHECK(prediction(0) == 1000 + 16 + 64);
  CHECK(prediction(1) == 3000 + 16 + 64);
}

TEST_CASE("a pool without any bound at all keeps what comes back", "[pool]") {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_bytes = SIZE_MAX;
  options.max_arena_bytes = SIZE_MAX;
  options.max_keys = SIZE_MAX;
  options.max_idle_age = std::chrono::nanoseconds::max();
  options.offer_after = std::chrono::nanoseconds::max();
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  for (std::uint64_t key = 0; key < 50; ++key) {
    leases.push_back(pool.Acquire(key, 200'000));
    leases.back()->Alloc(200'000);
  }
  leases.clear();
  arena_test::FakeClock::Advance(std::chrono::hours(24 * 365));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 50);
  CHECK(pool.Stats().keys == 50);
  CHECK(pool.Stats().offered_bytes == 0);
}
