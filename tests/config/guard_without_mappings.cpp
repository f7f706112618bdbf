// SPDX-License-Identifier: Apache-2.0
//
// A process that has as many mappings as Linux allows goes on without guards: a GuardResource serves
// plain blocks then, frees all, and guards again when there are mappings. A program of its own,
// because at that limit nothing else can get memory either.
// needs: plain
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#if defined(__linux__)
#include "support/accessible.hpp"
#include "support/check.hpp"
#include "support/mappings.hpp"

using arena_test::Check;

int main() {
  const std::size_t limit = arena_test::MaxMappings();
  if (limit == 0 || limit > 200'000) {
    std::puts("left out, the limit of mappings is not known, or takes too much memory");
    return 0;
  }
  constexpr std::size_t kSize = 2000;
  constexpr std::size_t kMore = 500;
  const std::size_t most = limit / 2 + 2 * kMore;
  arena::GuardResource guard({.slot_count = most, .max_block_size = 4096});
  std::vector<unsigned char*> blocks;
  blocks.reserve(most);
  while (blocks.size() < most && guard.Stats().unguarded < kMore) {
    blocks.push_back(static_cast<unsigned char*>(guard.allocate(kSize)));
    std::memset(blocks.back(), static_cast<int>(blocks.size() % 251), kSize);
  }
  const arena::GuardStats full = guard.Stats();
  std::printf("%zu blocks: %zu guarded, %zu not\n", blocks.size(),
              static_cast<std::size_t>(full.guarded), static_cast<std::size_t>(full.unguarded));
  Check(full.unguarded == kMore, "blocks are served without a guard");
  Check(full.guarded >= limit / 2 - 1000, "blocks are guarded as long as there are mappings");
  Check(full.live == full.guarded && full.quarantined == 0, "what could not be guarded is no slot");

  // The blocks of one end first: they are guarded ones, whose pages become inaccessible although
  // there is no mapping left.
  std::size_t spoilt = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i][0] != (i + 1) % 251 || blocks[i][kSize - 1] != (i + 1) % 251) ++spoilt;
    guard.deallocate(blocks[i], kSize);
  }
  Check(spoilt == 0, "every block holds what it held");
  Check(guard.Stats().live == 0, "all is freed");
  std::size_t readable = 0;
  for (std::size_t i = 0; i < full.guarded / 2; ++i) {
    if (arena_test::IsReadable(blocks[i])) ++readable;
  }
  std::printf("%zu freed blocks can be read\n", readable);
  Check(readable == 0, "freed blocks are inaccessible");

  void* const again = guard.allocate(kSize);
  Check(guard.Stats().guarded == full.guarded + 1, "a block is guarded again");
  guard.deallocate(again, kSize);
  Check(!arena_test::IsReadable(again), "and inaccessible again");
  return arena_test::ExitStatus();
}
#else
int main() { return 0; }
#endif
