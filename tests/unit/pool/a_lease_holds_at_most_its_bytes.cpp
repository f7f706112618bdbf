// SPDX-License-Identifier: Apache-2.0
//
// max_lease_bytes is the limit of every lease's arena, whatever was predicted, expected or kept.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <new>

#include "support/catch.hpp"

namespace {

constexpr std::size_t kMax = std::size_t{256} << 10;

arena::ArenaPoolOptions Bounded() {
  arena::ArenaPoolOptions options;
  options.max_lease_bytes = kMax;
  return options;
}

// Takes what there is, in pieces; returns how many bytes.
std::size_t Exhaust(arena::MonotonicArena& a) {
  std::size_t bytes = 0;
  while (a.TryAlloc(1024) != nullptr) bytes += 1024;
  return bytes;
}

}  // namespace

TEST_CASE("a lease that asks for more than max_lease_bytes is refused", "[pool]") {
  arena::ArenaPool pool(Bounded());
  for (int round = 0; round < 100; ++round) {
    const arena::ArenaLease lease = pool.Acquire(1);
    const std::size_t bytes = Exhaust(*lease);
    CHECK(bytes <= kMax);
    CHECK(bytes >= kMax / 2);
    CHECK(lease->Cap() <= kMax);
    CHECK_THROWS_AS(lease->Alloc(kMax), std::bad_alloc);
  }
  // One that used all it may is kept, and lent again.
  CHECK(pool.Stats().reused > 50);
}

TEST_CASE("an expectation above max_lease_bytes is no reason to fail", "[pool]") {
  arena::ArenaPool pool(Bounded());
  const arena::ArenaLease lease = pool.Acquire(1, 100 * kMax);
  CHECK(lease->Cap() <= kMax);
  CHECK(Exhaust(*lease) >= kMax / 2);
}

TEST_CASE("a pool may lend arenas that hold nothing", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_lease_bytes = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{64});
  arena::ArenaPool pool(options);
  for (int round = 0; round < 3; ++round) {
    const arena::ArenaLease lease = pool.Acquire(1);
    CHECK(lease->Cap() <= options.max_lease_bytes);
    CHECK(lease->TryAlloc(100) == nullptr);
  }
}
