// SPDX-License-Identifier: Apache-2.0
//
// A pool that retains nothing, over a GuardResource: the memory of every lease is inaccessible after its
// end.
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"

TEST_CASE("with max_arena_bytes = 0 a guard finds uses after any lease", "[pool][guard][places]") {
  arena::GuardResource guard;
  arena::ArenaPool pool({.max_arena_bytes = 0, .upstream = &guard});
  std::vector<const void*> blocks;
  for (int i = 0; i < 3; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    for (const std::size_t size : {std::size_t{100}, std::size_t{5000}}) {
      blocks.push_back(lease->Alloc(size));
      CHECK(arena_test::IsReadable(blocks.back()));
    }
  }
  for (const void* block : blocks) CHECK_FALSE(arena_test::IsReadable(block));
}
#endif
