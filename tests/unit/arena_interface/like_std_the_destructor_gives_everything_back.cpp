// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.ctor]: the destructor releases.
#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: the destructor gives everything back", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  {
    TestType monotonic(&upstream);
    for (int i = 1; i < 100; ++i) {
      static_cast<void>(monotonic.resource().allocate(static_cast<std::size_t>(i) * 50));
    }
    CHECK(upstream.LiveBlocks() > 0);
  }
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(upstream.Check() == "");
}
