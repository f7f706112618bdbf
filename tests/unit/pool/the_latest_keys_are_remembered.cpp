// SPDX-License-Identifier: Apache-2.0
//
// More keys than the pool remembers.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("of ten thousand keys the latest are remembered", "[pool]") {
  constexpr std::uint64_t kKeys = 10'000;
  arena::ArenaPool pool;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t key = 0; key < kKeys; ++key) {
      const arena::ArenaLease lease = pool.Acquire(key * 0x100000001);
      lease->Alloc(100 + static_cast<std::size_t>(key % 50));
      if (pool.Stats().keys > 1024) FAIL("too many keys");
    }
  }
  CHECK(pool.Stats().keys == 1024);
  CHECK(pool.Stats().leases == 2 * kKeys);
  CHECK(pool.Stats().idle == 1);
  CHECK(pool.Stats().reused == 2 * kKeys - 1);
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    const auto known = pool.Stats(key * 0x100000001);
    if (key < kKeys - 1024) {
      REQUIRE_FALSE(known);
    } else {
      REQUIRE(known);
      REQUIRE(known->returned == 1);
      REQUIRE(known->prediction >= 100 + key % 50);
    }
  }
}

TEST_CASE("a key in use is not forgotten before those that are not", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_keys = 10;
  arena::ArenaPool pool(options);
  for (std::uint64_t key = 100; key < 2000; ++key) {
    pool.Acquire(1).Return();
    pool.Acquire(key).Return();
  }
  REQUIRE(pool.Stats(1));
  CHECK(pool.Stats(1)->returned == 1900);
  CHECK(pool.Stats().keys == 10);
}

TEST_CASE("leases of forgotten keys end like others", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_keys = 3;
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  for (std::uint64_t key = 0; key < 1000; ++key) {
    leases.push_back(pool.Acquire(key));
    leases.push_back(pool.Acquire(key));
    leases.back()->Alloc(10'000);
  }
  CHECK(pool.Stats().keys == 3);
  CHECK(pool.Stats().open == 2000);
  CHECK_FALSE(pool.Stats(0));
  // Known anew while leases of its former life are open.
  arena::ArenaLease again = pool.Acquire(0);
  CHECK(pool.Stats(0)->open == 1);
  CHECK(pool.Stats(0)->returned == 0);
  leases.clear();
  CHECK(pool.Stats(0)->returned == 0);
  again.Return();
  CHECK(pool.Stats(0)->returned == 1);
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().returned == 2001);
}
