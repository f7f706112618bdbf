// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.private]: a block has the size and the alignment that were asked for, and is nobody
// else's.
#include <cstddef>
#include <cstring>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

namespace {

struct Block {
  unsigned char* bytes;
  std::size_t size;
  unsigned char mark;
};

bool HoldsItsMark(const Block& block) {
  for (std::size_t i = 0; i < block.size; ++i) {
    if (block.bytes[i] != block.mark) return false;
  }
  return true;
}

}  // namespace

TEMPLATE_TEST_CASE("conformance: blocks are aligned, and none overlaps another", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream({.hostile = true});
  {
    TestType monotonic(&upstream, 256);
    std::vector<Block> blocks;
    bool all_aligned = true;
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
      for (const std::size_t size : {1u, 3u, 8u, 100u, 5000u}) {
        void* const block = monotonic.resource().allocate(size, alignment);
        all_aligned = all_aligned && arena_test::IsAlignedTo(block, alignment);
        blocks.push_back(
            {static_cast<unsigned char*>(block), size, static_cast<unsigned char>(blocks.size())});
        std::memset(block, blocks.back().mark, size);
      }
    }
    CHECK(all_aligned);
    bool all_intact = true;
    for (const Block& block : blocks) all_intact = all_intact && HoldsItsMark(block);
    CHECK(all_intact);
  }
  CHECK(upstream.Check() == "");
}

TEMPLATE_TEST_CASE("conformance: without an alignment it is that of std::max_align_t",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  static_cast<void>(monotonic.resource().allocate(1, 1));
  CHECK(arena_test::IsAlignedTo(monotonic.resource().allocate(1), alignof(std::max_align_t)));
}
