// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.overview]: the initial buffer satisfies requests; upstream is asked
// when it is exhausted.
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

using arena_test::LiesWithin;

TEMPLATE_TEST_CASE("conformance: upstream is asked only when the initial buffer is exhausted",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  {
    alignas(16) std::byte buffer[1024];
    TestType monotonic(buffer, &upstream);
    for (int i = 0; i < 16; ++i) {
      void* const block = monotonic.resource().allocate(64, 16);
      CHECK((ARENA_HEAP || LiesWithin(buffer, block, 64)));
    }
    CHECK(upstream.Calls() == 0);
    void* const next = monotonic.resource().allocate(64, 16);
    CHECK_FALSE(LiesWithin(buffer, next, 1));
    CHECK(upstream.Calls() > 0);
    CHECK((ARENA_HEAP || upstream.Holds(next, 64)));
  }
  CHECK(upstream.Check() == "");
}

TEMPLATE_TEST_CASE("conformance: a request larger than the initial buffer goes upstream",
                   "[conformance][places]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  alignas(16) std::byte buffer[64];
  TestType monotonic(buffer, &upstream);
  void* const block = monotonic.resource().allocate(65, 1);
  CHECK(upstream.Holds(block, 65));
}
