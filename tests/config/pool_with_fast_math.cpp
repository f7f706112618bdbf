// SPDX-License-Identifier: Apache-2.0
//
// A pool whose quantile is no number, in a program whose compiler may take it that there is no such
// thing: the pool goes on.
// options: -O3 -ffast-math
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdio>
#include <limits>

int main() {
  arena::ArenaPoolOptions options;
  options.quantile = std::numeric_limits<double>::quiet_NaN();
  arena::ArenaPool pool(options);
  for (std::size_t i = 1; i <= 200; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    lease->Alloc(100 * i);
  }
  const arena::ArenaPoolStats stats = pool.Stats();
  std::printf("%zu leases are open\n", stats.open);
  return stats.open == 0 && stats.returned == 200 ? 0 : 1;
}
