// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.overview]: a call to deallocate has no effect; the memory consumed
// increases monotonically.
#include <cstddef>
#include <set>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: memory given back is not handed out again", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  std::set<void*> seen;
  for (int i = 0; i < 100; ++i) {
    void* const block = monotonic.resource().allocate(50, 2);
    CHECK(seen.insert(block).second);
    monotonic.resource().deallocate(block, 50, 2);
  }
  CHECK(upstream.Deallocations() == 0);
}
