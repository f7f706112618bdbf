// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.mem]: release gives all memory back upstream, even if blocks were not
// deallocated, and starts over.
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"
#include "support/raw_memory.hpp"

TEMPLATE_TEST_CASE("conformance: release gives everything back, deallocated or not",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  for (int i = 0; i < 100; ++i) static_cast<void>(monotonic.resource().allocate(1000));
  CHECK(upstream.LiveBytes() >= 100'000);
  monotonic.Release();
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(upstream.Check() == "");
  monotonic.Release();
  CHECK(upstream.LiveBlocks() == 0);
}

TEMPLATE_TEST_CASE("conformance: after release it allocates as from the start", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      void* const block = monotonic.resource().allocate(1000);
      CHECK((ARENA_HEAP || upstream.Holds(block, 1000)));
    }
    monotonic.Release();
    CHECK(upstream.LiveBlocks() == 0);
  }
}

TEMPLATE_TEST_CASE("conformance: after release the initial buffer is used again", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  alignas(16) std::byte buffer[512];
  TestType monotonic(buffer, &upstream);
  void* const first = monotonic.resource().allocate(100, 1);
  CHECK((ARENA_HEAP || arena_test::LiesWithin(buffer, first, 100)));
  for (int i = 0; i < 10; ++i) static_cast<void>(monotonic.resource().allocate(1000));
  monotonic.Release();
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(arena_test::LiesAt(monotonic.resource().allocate(100, 1), first));
  CHECK(upstream.LiveBlocks() == 0);
}
