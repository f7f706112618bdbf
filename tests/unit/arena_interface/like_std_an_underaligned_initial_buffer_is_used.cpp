// SPDX-License-Identifier: Apache-2.0
//
// An initial buffer of any size may start anywhere.
#include <cstddef>
#include <span>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"
#include "support/raw_memory.hpp"

using arena_test::LiesAt;
using arena_test::LiesWithin;

TEMPLATE_TEST_CASE("conformance: an underaligned initial buffer is used, and never overrun",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  alignas(64) std::byte storage[256];
  for (std::size_t offset = 0; offset < 20; ++offset) {
    for (const std::size_t size : {1u, 7u, 15u, 16u, 17u, 31u, 32u, 63u, 100u}) {
      CAPTURE(offset, size);
      const std::span<std::byte> buffer(storage + offset, size);
      TestType monotonic(buffer, &upstream);
      for (std::size_t alignment = 1; alignment <= 64; alignment *= 2) {
        void* const block = monotonic.resource().allocate(alignment, alignment);
        CHECK(arena_test::IsAlignedTo(block, alignment));
        CHECK((ARENA_HEAP || LiesWithin(buffer, block, alignment) ||
               upstream.Holds(block, alignment)));
      }
    }
  }
  CHECK(upstream.Check() == "");
}

TEMPLATE_TEST_CASE(
    "conformance: an underaligned initial buffer serves what fits behind its padding",
    "[conformance]", arena_test::Ours ARENA_TEST_AND_STRICT_STANDARD) {
  arena_test::CheckingResource upstream;
  alignas(64) std::byte storage[129];
  const std::span<std::byte> buffer(storage + 1, 128);
  TestType monotonic(buffer, &upstream);
  CHECK(LiesAt(monotonic.resource().allocate(8, 1), storage + 1));
  CHECK(LiesAt(monotonic.resource().allocate(64, 64), storage + 64));
  CHECK(upstream.Calls() == 0);
}
