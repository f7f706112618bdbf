// SPDX-License-Identifier: Apache-2.0
//
// A clock that jumps: arenas may go earlier or later than they should, and nothing else happens.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"

namespace {

using arena_test::FakeClock;
using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;

arena::ArenaPoolOptions TenSecondsIdle() {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_age = seconds(10);
  return options;
}

void FillPool(arena::ArenaPool& pool, std::size_t count) {
  std::vector<arena::ArenaLease> leases;
  for (std::size_t i = 0; i < count; ++i) leases.push_back(pool.Acquire(1));
}

}  // namespace

TEST_CASE("after the clock jumped back arenas grow old as before", "[pool]") {
  arena::ArenaPool pool(TenSecondsIdle());
  FillPool(pool, 3);
  FakeClock::Advance(seconds(4));
  pool.ShrinkTo(SIZE_MAX);
  FakeClock::Advance(-hours(5));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 3);
  FakeClock::Advance(seconds(5));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 3);
  FakeClock::Advance(seconds(1));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("arenas that come back after the clock jumped back do not wait for the old time",
          "[pool]") {
  arena::ArenaPool pool(TenSecondsIdle());
  FillPool(pool, 2);
  FakeClock::Advance(-hours(1));
  FillPool(pool, 3);
  CHECK(pool.Stats().idle == 3);
  FakeClock::Advance(seconds(10));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("a jump forward makes idle arenas old, and leases go on", "[pool]") {
  arena::ArenaPool pool(TenSecondsIdle());
  arena::ArenaLease lease = pool.Acquire(2);
  FillPool(pool, 3);
  FakeClock::Advance(hours(1000));
  lease->Alloc(100);
  lease.Return();
  CHECK(pool.Stats().idle == 1);
  CHECK(pool.Stats().evicted == 3);
  FillPool(pool, 2);
  CHECK(pool.Stats().idle == 2);
}

TEST_CASE("a clock that says anything at all harms nothing", "[pool]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  arena::ArenaPoolOptions options = TenSecondsIdle();
  options.max_idle_bytes = 300'000;
  options.reclaim = arena::Reclaim::kNow;
  arena::ArenaPool pool(options);
  arena_test::Random random(seed);
  std::size_t wrong = 0;
  for (int i = 0; i < 2000; ++i) {
    switch (random() % 5) {
      case 0:
        FakeClock::Set(nanoseconds::max());
        break;
      case 1:
        FakeClock::Set(nanoseconds::min());
        break;
      default:
        FakeClock::Set(nanoseconds(static_cast<std::int64_t>(random())));
    }
    const arena::ArenaLease first = pool.Acquire(random() % 3);
    const arena::ArenaLease second = pool.Acquire(random() % 3);
    if (first->Len() != 0 || second->Len() != 0 || &*first == &*second) ++wrong;
    first->Alloc(static_cast<std::size_t>(random() % 30'000));
    if (random() % 10 == 0) pool.ShrinkTo(100'000);
    if (pool.Stats().idle_bytes > options.max_idle_bytes) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(pool.Stats().leases == 4000);
  // And with a clock that goes again, all is as it should be.
  FakeClock::Set(hours(1));
  FillPool(pool, 3);
  CHECK(pool.Stats().idle >= 3);
  FakeClock::Advance(seconds(10));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("the default clock goes on by itself", "[pool]") {
  const arena::ArenaPoolOptions options;
  const nanoseconds start = options.clock();
  const auto give_up = std::chrono::steady_clock::now() + seconds(10);
  while (options.clock() == start && std::chrono::steady_clock::now() < give_up) {
  }
  CHECK(options.clock() > start);
  CHECK(options.clock() - start < seconds(10));
}
