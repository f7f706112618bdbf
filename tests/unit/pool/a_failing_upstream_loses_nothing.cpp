// SPDX-License-Identifier: Apache-2.0
//
// An upstream that fails at the n-th call: Acquire throws, nothing leaks, and the pool goes on.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

namespace {

struct FailureOutcome {
  std::uint64_t leases = 0;
  std::size_t refused_leases = 0;
  std::size_t refused_allocations = 0;
};

// The same requests each time, whatever fails.
FailureOutcome RunScript(arena::ArenaPool& pool) {
  FailureOutcome outcome;
  std::vector<arena::ArenaLease> kept;
  for (std::size_t i = 0; i < 40; ++i) {
    try {
      arena::ArenaLease lease = pool.Acquire(i % 3, i % 4 == 0 ? 1000 * i : 0);
      ++outcome.leases;
      for (std::size_t j = 0; j < 3; ++j) {
        try {
          lease->Alloc(1 + 700 * (i % 7) * j);
          arena::Allocate<arena_test::Tracked>(*lease, static_cast<int>(i));
        } catch (const std::bad_alloc&) {
          ++outcome.refused_allocations;
        }
      }
      if (i % 5 == 0) kept.push_back(std::move(lease));
      if (i % 11 == 0) kept.clear();
      if (i % 13 == 0) pool.ShrinkTo(10'000);
    } catch (const std::bad_alloc&) {
      ++outcome.refused_leases;
    }
    REQUIRE(pool.Stats().leases == outcome.leases);
    REQUIRE(pool.Stats().open == kept.size());
  }
  return outcome;
}

}  // namespace

TEST_CASE("at whichever call upstream fails, the pool loses nothing and goes on", "[pool]") {
  const arena_test::Failure failure = GENERATE(
      arena_test::Failure::kBadAlloc, arena_test::Failure::kInt, arena_test::Failure::kNull);
  const bool for_good = GENERATE(false, true);
  arena_test::LifetimeLog log;
  std::size_t refused_leases = 0, refused_allocations = 0;
  bool failed = true;
  for (std::size_t n = 1; failed; ++n) {
    CAPTURE(n);
    arena_test::CheckingResource upstream;
    {
      arena::ArenaPoolOptions options;
      options.upstream = &upstream;
      options.max_keys = 2;
      arena::ArenaPool pool(options);
      if (for_good) {
        upstream.FailFrom(n, failure);
      } else {
        upstream.FailAt(n, failure);
      }
      const FailureOutcome outcome = RunScript(pool);
      failed = upstream.Failures() != 0;
      REQUIRE(outcome.leases + outcome.refused_leases == 40);
      if (!for_good) REQUIRE(outcome.refused_leases + outcome.refused_allocations <= 1);
      if (!failed) REQUIRE(outcome.refused_leases + outcome.refused_allocations == 0);
      refused_leases += outcome.refused_leases;
      refused_allocations += outcome.refused_allocations;
      upstream.FailNever();
      // As if nothing had been.
      const arena::ArenaLease lease = pool.Acquire(1, 100'000);
      REQUIRE(lease->Alloc(100'000) != nullptr);
      REQUIRE(lease->Stats().buffers == 1);
    }
    REQUIRE(upstream.Check().empty());
    REQUIRE(log.Check().empty());
  }
  CHECK(refused_leases > 5);
  // An arena that is refused one buffer tries another size: it takes more to refuse it.
  if (for_good) CHECK(refused_allocations > 5);
}

TEST_CASE("an upstream that fails from some call on refuses leases until it serves again",
          "[pool]") {
  arena_test::CheckingResource upstream;
  arena::ArenaPoolOptions options;
  options.upstream = &upstream;
  arena::ArenaPool pool(options);
  arena::ArenaLease lease = pool.Acquire(1);
  upstream.FailFrom(1);
  CHECK_THROWS_AS(pool.Acquire(1), std::bad_alloc);
  CHECK_THROWS_AS(pool.Acquire(2), std::bad_alloc);
  CHECK_THROWS_AS(pool.Acquire(2, 1000), std::bad_alloc);
  CHECK(pool.Stats().open == 1);
  CHECK(pool.Stats().leases == 1);
  lease.Return();
  {
    const arena::ArenaLease again = pool.Acquire(1);  // an idle one needs no upstream
    CHECK(pool.Stats().reused == 1);
  }
  upstream.FailNever();
  const arena::ArenaLease large = pool.Acquire(2, 50'000);
  CHECK(large->Cap() >= 50'000);
}
