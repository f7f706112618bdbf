// SPDX-License-Identifier: Apache-2.0
//
// A lease may shrink its arena until there is no window any more. The next lease has an empty arena all
// the same, and a first buffer for what this one needed.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>

#include "support/catch.hpp"

namespace {

void Shrink(arena::MonotonicArena& a) {
  a.Alloc(1000, 1);
  a.Reserve(100'000);
  a.ShrinkTo(0);
}

void ShrinkInScope(arena::MonotonicArena& a) {
  a.Alloc(1000, 1);
  const arena::ArenaScope scope(a);
  a.Reserve(100'000);
  a.ShrinkTo(0);
}

void ShrinkAfterOversized(arena::MonotonicArena& a) {
  a.Alloc(1000, 1);
  a.Alloc(500'000);
  a.Reserve(100'000);
  a.ShrinkTo(0);
}

}  // namespace

TEST_CASE("the next lease is empty whatever was reserved and freed in this one", "[pool]") {
  void (*const use)(arena::MonotonicArena&) =
      GENERATE(&Shrink, &ShrinkInScope, &ShrinkAfterOversized);
  arena::ArenaPool pool;
  for (int round = 0; round < 5; ++round) {
    const arena::ArenaLease lease = pool.Acquire(1);
    CHECK(lease->Len() == 0);
    CHECK(lease->Stats().records == 0);
    CHECK(lease->Stats().buffers == 1);
    use(*lease);
    CHECK(lease->Len() >= 1000);
  }
  CHECK(pool.Stats(1)->prediction >= 1000);
}
