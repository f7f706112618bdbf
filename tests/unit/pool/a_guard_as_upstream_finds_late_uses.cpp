// SPDX-License-Identifier: Apache-2.0
//
// A pool that retains nothing, over a GuardResource: the memory of every lease is inaccessible after its
// end, and with retained arenas it is not.
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"

namespace {

// Whether memory of a lease of a pool over a guard can be read after the lease.
std::vector<bool> AreReadableAfterTheLease(std::size_t max_arena_bytes) {
  arena::GuardResource guard;
  arena::ArenaPool pool({.max_arena_bytes = max_arena_bytes, .upstream = &guard});
  std::vector<const void*> blocks;
  for (int i = 0; i < 3; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    for (const std::size_t size : {std::size_t{100}, std::size_t{5000}}) {
      blocks.push_back(lease->Alloc(size));
    }
  }
  std::vector<bool> readable;
  for (const void* block : blocks) readable.push_back(arena_test::IsReadable(block));
  return readable;
}

}  // namespace

TEST_CASE("with max_arena_bytes = 0 a guard finds uses after any lease", "[pool][guard][places]") {
  for (const bool is_readable : AreReadableAfterTheLease(0)) CHECK_FALSE(is_readable);
}

TEST_CASE("memory of a retained arena can be read after the lease", "[pool][guard][places]") {
  CHECK(AreReadableAfterTheLease(std::size_t{16} << 20).back());
}
#endif
