// SPDX-License-Identifier: Apache-2.0
//
// The single file, the folder after it and the single file again in one unit, linked with a unit
// that knows the folder alone.
#include <arena/../arena.hpp>
#include <arena/arena.hpp>
#include <arena/pool.hpp>

#define ARENA_WITH_POOL
#include <arena/../arena.hpp>
#undef ARENA_WITH_POOL
#include <cstdio>

#include "both_editions.hpp"

int main() {
  arena::ArenaPool pool;
  arena::ArenaLease lease = pool.Acquire(1);
  bool died = false;
  arena::Defer(*lease, [&died] { died = true; });
  const unsigned long words = AppendWithTheFolder(*lease);
  const std::size_t len = lease->Len();
  lease.Return();
  if (words != 3 || len == 0 || !died) {
    std::fprintf(stderr, "FAILED: %lu words, %zu bytes, cleanup %s\n", words, len,
                 died ? "ran" : "did not run");
    return 1;
  }
  std::puts("both editions work together");
}
