// SPDX-License-Identifier: Apache-2.0
//
// What nobody can provide is an exception, and no sum in between wraps into a small request.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: a request that no memory can hold throws", "[conformance]",
                   arena_test::Ours ARENA_TEST_AND_STRICT_STANDARD) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  void* const before = monotonic.resource().allocate(100);
  std::memset(before, 0x5A, 100);
  for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 100, SIZE_MAX / 2 + 1,
                                 SIZE_MAX / 2, SIZE_MAX / 2 - 64, SIZE_MAX / 4}) {
    for (const std::size_t alignment : {1u, 16u, 4096u}) {
      CAPTURE(size, alignment);
      CHECK_THROWS_AS(static_cast<void>(monotonic.resource().allocate(size, alignment)),
                      std::bad_alloc);
    }
  }
  CHECK(static_cast<unsigned char*>(before)[99] == 0x5A);
  void* const after = monotonic.resource().allocate(100);
  CHECK((ARENA_HEAP || upstream.Holds(after, 100)));
}
