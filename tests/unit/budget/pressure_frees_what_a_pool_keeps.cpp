// SPDX-License-Identifier: Apache-2.0
//
// Idle arenas of a pool are charged; a callback that shrinks the pool makes room for others.
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <new>

#include "support/catch.hpp"

namespace {

// Leaves idle arenas in the pool.
void LeaveIdle(arena::ArenaPool& pool, std::size_t bytes) {
  arena::ArenaLease lease = pool.Acquire(1, bytes);
  lease->Alloc(bytes);
}

}  // namespace

TEST_CASE("a budget that is full asks a pool to shrink and serves the charge", "[budget]") {
  arena::Budget process({.name = "process", .limit = 300'000});
  arena::Budget tenant({.parent = &process});
  arena::ArenaPool pool({.upstream = &tenant});
  std::size_t asked = 0, wanted_bytes = 0;
  process.SetPressureCallback([&](arena::Budget& budget, std::size_t wanted) {
    CHECK(&budget == &process);
    wanted_bytes = wanted;
    ++asked;
    pool.ShrinkTo(0);
    return true;
  });
  LeaveIdle(pool, 200'000);
  const std::size_t idle = tenant.Used();
  REQUIRE(idle >= 200'000);
  REQUIRE(idle == process.Used());

  void* const block = process.allocate(250'000);
  CHECK(asked == 1);
  CHECK(wanted_bytes == 250'000);
  CHECK(tenant.Used() == 0);
  CHECK(process.Used() == 250'000);
  CHECK(process.Refused() == 0);
  CHECK(process.Peak() <= 300'000);

  // There is nothing idle any more.
  CHECK_THROWS_AS(process.allocate(60'000), std::bad_alloc);
  CHECK(asked == 2);
  CHECK(process.Refused() == 1);
  process.deallocate(block, 250'000);
}

TEST_CASE("a charge above the soft limit shrinks a pool before it is made", "[budget]") {
  arena::Budget process({.name = "process", .soft_limit = 220'000});
  arena::ArenaPool pool({.upstream = &process});
  std::size_t asked = 0, used_then = 0;
  process.SetPressureCallback([&](arena::Budget& budget, std::size_t) {
    ++asked;
    pool.ShrinkTo(0);
    used_then = budget.Used();
    return true;
  });
  LeaveIdle(pool, 200'000);
  REQUIRE(asked == 0);
  void* const block = process.allocate(100'000);
  CHECK(asked == 1);
  CHECK(used_then == 0);  // neither the idle arenas nor the charge that asks
  CHECK(process.Used() == 100'000);
  process.deallocate(block, 100'000);
}

TEST_CASE("a pool may end after its callback was taken out", "[budget]") {
  arena::Budget process({.limit = 100'000});
  {
    arena::ArenaPool pool({.upstream = &process});
    process.SetPressureCallback([&pool](arena::Budget&, std::size_t) {
      pool.ShrinkTo(0);
      return true;
    });
    LeaveIdle(pool, 50'000);
    process.SetPressureCallback(nullptr);
  }
  CHECK(process.Used() == 0);
  CHECK_THROWS_AS(process.allocate(100'001), std::bad_alloc);
}
