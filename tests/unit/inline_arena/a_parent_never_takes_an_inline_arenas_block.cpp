// SPDX-License-Identifier: Apache-2.0
//
// An InlineArena that is the last object of another arena ends behind everything it hands out: what
// was allocated in it last is not the other arena's last block.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"

TEST_CASE("a slice of an inline arena is not grown in place by the arena around it") {
  arena::MonotonicArena parent;
  auto* const child = arena::Allocate<arena::InlineArena<1024>>(parent);
  arena::Slice<int> slice = arena::AllocateSlice<int>(*child, 0, 256);
  REQUIRE(child->Stats().free == 0);
  for (int i = 0; i < 256; ++i) slice = arena::SliceAppend(*child, slice, i);
  CHECK_FALSE(parent.TryResize(slice.data(), 1024, 2048));

  const arena::Slice<int> grown = arena::SliceAppend(parent, slice, 256);
  CHECK(grown.data() != slice.data());
  child->Reset();
  child->Alloc(1024, 1);
  CHECK(grown[0] == 0);
  CHECK(grown[255] == 255);
  CHECK(grown[256] == 256);
}
