// SPDX-License-Identifier: Apache-2.0
//
// Acquire with a size that is known beforehand.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <new>

#include "support/catch.hpp"

TEST_CASE("a lease of a known size takes it in one piece", "[pool]") {
  arena::ArenaPool pool;
  for (const std::size_t expected :
       {std::size_t{1}, std::size_t{5000}, std::size_t{100'000}, std::size_t{30'000'000}}) {
    CAPTURE(expected);
    const arena::ArenaLease lease = pool.Acquire(1, expected);
    lease->Alloc(expected, 16);
    CHECK(lease->Stats().buffers == 1);
    CHECK(lease->Cap() < 2 * expected + 10'000);
  }
}

TEST_CASE("a known size below what the key needs changes nothing", "[pool]") {
  arena::ArenaPool pool;
  for (int i = 0; i < 30; ++i) pool.Acquire(1, 50'000).Return();
  for (int i = 0; i < 30; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    lease->Alloc(50'000);
  }
  const std::size_t prediction = pool.Stats(1)->prediction;
  CHECK(prediction > 50'000);
  const arena::ArenaLease lease = pool.Acquire(1, 100);
  CHECK(lease->Cap() >= prediction);
}

TEST_CASE("a known size that cannot be had is refused, and the pool goes on", "[pool]") {
  arena::ArenaPool pool;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
  }
  const arena::ArenaPoolStats before = pool.Stats();
  for (const std::size_t expected :
       {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 2 - 10'000}) {
    CAPTURE(expected);
    // An address space of 32 bits may have room for nearly half of itself.
    if (sizeof(std::size_t) == 4 && expected < SIZE_MAX / 2) continue;
    CHECK_THROWS_AS(pool.Acquire(1, expected), std::bad_alloc);
  }
  CHECK(pool.Stats().leases == before.leases);
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().idle == before.idle);
  CHECK(pool.Stats(1)->open == 0);
  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(lease->Alloc(100) != nullptr);
  CHECK(pool.Stats().reused == 1);
}
