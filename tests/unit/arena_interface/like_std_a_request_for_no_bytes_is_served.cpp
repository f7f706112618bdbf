// SPDX-License-Identifier: Apache-2.0
//
// A request for no bytes is an aligned block that may be given back.
#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: a request for no bytes is served", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType monotonic(&upstream);
  static_cast<void>(monotonic.resource().allocate(1, 1));
  void* const nothing = monotonic.resource().allocate(0, 64);
  CHECK(nothing != nullptr);
  CHECK(arena_test::IsAlignedTo(nothing, 64));
  monotonic.resource().deallocate(nothing, 0, 64);
}
