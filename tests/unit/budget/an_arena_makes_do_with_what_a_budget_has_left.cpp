// SPDX-License-Identifier: Apache-2.0
//
// Arenas over budgets that are nearly full: a chunk that is refused leaves the arena as it was, and
// a smaller one may fit.
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <cstddef>
#include <new>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

TEST_CASE("an arena counts with its chunks until it gives them back", "[budget]") {
  arena_test::CheckingResource upstream;
  arena::Budget process({.upstream = &upstream});
  arena::Budget tenant({.parent = &process});
  {
    arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &tenant});
    CHECK(tenant.Used() == upstream.LiveBytes());
    CHECK(tenant.Used() >= a.Cap());
    const std::size_t before = tenant.Used();
    a.Alloc(100);
    CHECK(tenant.Used() == before);  // an allocation is no charge
    a.Alloc(5000);
    CHECK(tenant.Used() == upstream.LiveBytes());
    CHECK(tenant.Used() > before + 5000);
    CHECK(process.Used() == tenant.Used());
    const std::size_t peak = tenant.Used();
    a.Reset();
    CHECK(tenant.Used() == peak);
    a.Release();
    CHECK(tenant.Used() == 0);
    CHECK(tenant.Peak() == peak);
    a.Alloc(1);
  }
  CHECK(tenant.Used() == 0);
  CHECK(process.Used() == 0);
}

TEST_CASE("an arena that is refused its usual chunk takes a smaller one", "[budget]") {
  arena::Budget budget({.limit = 6000});
  arena::MonotonicArena a(
      {.min_buffer_size = 4096, .initial_buffer_count = 1, .upstream = &budget});
  a.Alloc(4096);
  CHECK(budget.Refused() == 0);
  // No second chunk of 4096 fits, but one for this request alone does.
  CHECK(a.TryAlloc(1000) != nullptr);
  CHECK(budget.Refused() > 0);
  CHECK(budget.Used() <= 6000);
  CHECK(a.Len() == 5096);
}

TEST_CASE("a refusal leaves an arena as it was", "[budget]") {
  arena::Budget budget({.limit = 10'000});
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &budget});
  a.Alloc(500);
  const arena::ArenaStats before = a.Stats();
  const std::size_t used = budget.Used();
  CHECK(a.TryAlloc(20'000) == nullptr);
  CHECK_THROWS_AS(a.Alloc(20'000), std::bad_alloc);
  CHECK_THROWS_AS(a.Reserve(20'000), std::bad_alloc);
  const arena::ArenaStats after = a.Stats();
  CHECK(after.len == before.len);
  CHECK(after.cap == before.cap);
  CHECK(after.peak == before.peak);
  CHECK(budget.Used() == used);
  CHECK(budget.Peak() == used);
  CHECK(a.TryAlloc(400, 1) != nullptr);
  CHECK_THROWS_AS(arena::MonotonicArena({.min_buffer_size = 20'000, .upstream = &budget}),
                  std::bad_alloc);
  CHECK(budget.Used() == used);
}

TEST_CASE("an arena's limit clamps its chunk to what the budget has left", "[budget]") {
  arena::Budget budget({.limit = 40'000});
  arena::MonotonicArena first({.min_buffer_size = 20'000, .upstream = &budget});
  // Less the header of one chunk, which is charged, too.
  const std::size_t header = budget.Used() - first.Cap();
  const std::size_t left = budget.Limit() - budget.Used() - 2 * header;
  arena::MonotonicArena second({.min_buffer_size = 32 * 1024,
                                .initial_buffer_count = 0,
                                .limit = left,
                                .upstream = &budget});
  // The usual chunk would be refused; the one that the limit leaves is not.
  REQUIRE(32 * 1024 > left);
  second.Alloc(100);
  CHECK(second.Cap() == left);
  CHECK(budget.Refused() == 0);
  CHECK(budget.Used() <= budget.Limit());
  // Beyond its own limit the arena does not ask the budget.
  CHECK(second.TryAlloc(left) == nullptr);
  CHECK(budget.Refused() == 0);
}
