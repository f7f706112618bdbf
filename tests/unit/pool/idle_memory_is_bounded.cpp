// SPDX-License-Identifier: Apache-2.0
//
// The bounds on idle memory: bytes, age, and ShrinkTo.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

using arena_test::FakeClock;
using std::chrono::seconds;

// Fills the pool with `count` idle arenas that hold about `bytes` each.
void FillPool(arena::ArenaPool& pool, std::size_t count, std::size_t bytes) {
  std::vector<arena::ArenaLease> leases;
  for (std::size_t i = 0; i < count; ++i) {
    leases.push_back(pool.Acquire(1, bytes));
    leases.back()->Alloc(bytes);
  }
}

arena::ArenaPoolOptions TenSecondsAtMost() {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_age = seconds(10);
  return options;
}

}  // namespace

TEST_CASE("idle arenas hold no more than the bound, the oldest go first", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_idle_bytes = 350'000;
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  std::vector<arena::MonotonicArena*> arenas;
  for (int i = 0; i < 6; ++i) {
    leases.push_back(pool.Acquire(1, 100'000));
    leases.back()->Alloc(100'000);
    arenas.push_back(&*leases.back());
  }
  for (arena::ArenaLease& lease : leases) {
    lease.Return();
    CHECK(pool.Stats().idle_bytes <= 350'000);
  }
  CHECK(pool.Stats().idle == 3);
  CHECK(pool.Stats().evicted == 3);
  for (std::size_t i = 6; i-- > 3;) {
    leases.push_back(pool.Acquire(1));
    CHECK(&*leases.back() == arenas[i]);
  }
}

TEST_CASE("an arena larger than the bound is not kept, and displaces none", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_idle_bytes = 350'000;
  arena::ArenaPool pool(options);
  FillPool(pool, 3, 100'000);
  CHECK(pool.Stats().idle == 3);
  {
    const arena::ArenaLease lease = pool.Acquire(2, 400'000);
    lease->Alloc(400'000);
  }
  CHECK(pool.Stats().idle == 3);
  CHECK(pool.Stats().evicted == 1);
}

TEST_CASE("one return gives up a few arenas at most", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_idle_bytes = 400'000;
  arena::ArenaPool pool(options);
  FillPool(pool, 50, 3000);
  CHECK(pool.Stats().idle == 50);
  const std::size_t bytes = pool.Stats().idle_bytes;
  // No room for it even without the oldest four.
  const auto return_large = [&pool] {
    const arena::ArenaLease lease = pool.Acquire(2, 350'000);
    lease->Alloc(350'000);
  };
  return_large();
  CHECK(pool.Stats().idle == 46);
  CHECK(pool.Stats().idle_bytes < bytes);
  for (int i = 0; i < 12 && pool.Stats().idle_bytes < 350'000; ++i) return_large();
  CHECK(pool.Stats().idle_bytes > 350'000);  // in the end there is room for it
  CHECK(pool.Stats().idle_bytes <= 400'000);
}

TEST_CASE("an arena that was idle for too long goes with the next call of any kind", "[pool]") {
  arena::ArenaPool pool(TenSecondsAtMost());
  FillPool(pool, 1, 100'000);
  FakeClock::Advance(seconds(9));
  arena::ArenaLease other = pool.Acquire(2);
  CHECK(pool.Stats().idle == 1);
  SECTION("an Acquire") {
    FakeClock::Advance(seconds(1));
    const arena::ArenaLease lease = pool.Acquire(3);
    CHECK(pool.Stats().idle == 0);
  }
  SECTION("a return") {
    FakeClock::Advance(seconds(1));
    other.Return();
    CHECK(pool.Stats().idle == 1);  // the one that was returned
    CHECK(pool.Stats().idle_bytes == arena_test::SmallestArena());
  }
  SECTION("ShrinkTo, whatever its bound") {
    FakeClock::Advance(seconds(1));
    pool.ShrinkTo(SIZE_MAX);
    CHECK(pool.Stats().idle == 0);
  }
  CHECK(pool.Stats().evicted == 1);
}

TEST_CASE("an arena that is used now and then is not too old", "[pool]") {
  arena::ArenaPool pool(TenSecondsAtMost());
  FillPool(pool, 1, 100'000);
  for (int i = 0; i < 5; ++i) {
    FakeClock::Advance(seconds(9));
    FillPool(pool, 1, 100'000);
  }
  CHECK(pool.Stats().evicted == 0);
  CHECK(pool.Stats().reused == 5);
}

TEST_CASE("Acquire and return give up four arenas for their age at most, ShrinkTo all", "[pool]") {
  arena::ArenaPool pool(TenSecondsAtMost());
  FillPool(pool, 20, 100'000);
  FakeClock::Advance(seconds(10));
  arena::ArenaLease lease = pool.Acquire(2);
  CHECK(pool.Stats().idle == 16);
  lease.Return();
  CHECK(pool.Stats().idle == 13);  // and the one that came back
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 1);
}

TEST_CASE("ShrinkTo gives up the oldest until the rest is small enough", "[pool]") {
  arena::ArenaPool pool;
  std::vector<arena::ArenaLease> leases;
  for (std::size_t i = 1; i <= 5; ++i) {
    leases.push_back(pool.Acquire(i, 100'000 * i));
    leases.back()->Alloc(100'000 * i);
  }
  const arena::MonotonicArena* const last = &*leases.back();
  for (arena::ArenaLease& lease : leases) lease.Return();  // in this order
  const std::size_t bytes = pool.Stats().idle_bytes;
  pool.ShrinkTo(bytes);
  CHECK(pool.Stats().idle == 5);
  pool.ShrinkTo(bytes - 1);
  CHECK(pool.Stats().idle == 4);
  CHECK(pool.Stats().idle_bytes + 100'000 <= bytes);
  pool.ShrinkTo(600'000);
  CHECK(pool.Stats().idle == 1);
  {
    const arena::ArenaLease lease = pool.Acquire(5);
    CHECK(&*lease == last);
  }
  pool.ShrinkTo(0);
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().idle_bytes == 0);
  CHECK(pool.Stats().evicted == 5);
  pool.ShrinkTo(0);
  CHECK(pool.Stats().evicted == 5);
}

TEST_CASE("ShrinkTo leaves leases alone, and the keys keep what they learned", "[pool]") {
  arena::ArenaPool pool;
  FillPool(pool, 2, 100'000);
  const std::size_t prediction = pool.Stats(1)->prediction;
  const arena::ArenaLease lease = pool.Acquire(1);
  void* const block = lease->Alloc(50'000);
  pool.ShrinkTo(0);
  CHECK(lease->Owns(block));
  CHECK(lease->Cap() >= 100'000);
  CHECK(pool.Stats().open == 1);
  CHECK(pool.Stats(1)->prediction == prediction);
}
