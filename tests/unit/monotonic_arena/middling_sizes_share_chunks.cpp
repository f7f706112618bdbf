// SPDX-License-Identifier: Apache-2.0
//
// A run of middling sizes, each of which would leave much behind, does not get the window stuck.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("5000 requests of 3000 to 9000 bytes take few buffers and lose little", "[monotonic]") {
  CheckingResource upstream;
  arena_test::Random random(3);
  arena::MonotonicArena a({.upstream = &upstream});
  for (int i = 0; i < 5000; ++i) a.Alloc(random() % 6001 + 3000, 8);
  const arena::ArenaStats stats = a.Stats();
  CAPTURE(stats.buffers, stats.waste, stats.len);
  CHECK(stats.buffers < 200);
  CHECK(stats.waste < stats.len / 50);
  CHECK(upstream.Allocations() == stats.buffers);
  CHECK(FiguresAgree(a));
}

TEST_CASE("middling sizes in small buffers take a few requests a buffer", "[monotonic]") {
  CheckingResource upstream;
  arena_test::Random random(4);
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  for (int i = 0; i < 5000; ++i) a.Alloc(random() % 500 + 100, 8);
  CHECK(a.Stats().buffers < 200);
  CHECK(a.Stats().waste < a.Len() / 20);
}

TEST_CASE("requests of half a buffer do not each get one of their own", "[monotonic]") {
  arena::MonotonicArena a({.max_buffer_size = 0});
  for (int i = 0; i < 1000; ++i) a.Alloc(16385, 1);  // one fits, two do not
  CHECK(a.Stats().buffers <= 1000);
  CHECK(a.Cap() < 2 * a.Len());
}
