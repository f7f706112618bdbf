// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.mem], [mem.res.eq]: a monotonic resource is equal to itself alone.
#include <memory_resource>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: a monotonic resource is equal to itself alone", "[conformance]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  TestType first(&upstream);
  TestType second(&upstream);
  CHECK(first.resource() == first.resource());
  CHECK(first.resource().is_equal(first.resource()));
  CHECK(first.resource() != second.resource());
  CHECK_FALSE(first.resource().is_equal(second.resource()));
  CHECK(first.resource() != upstream);
  CHECK(upstream != first.resource());
  CHECK(first.resource() != *std::pmr::get_default_resource());
}
