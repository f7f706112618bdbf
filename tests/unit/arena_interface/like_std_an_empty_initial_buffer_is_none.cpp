// SPDX-License-Identifier: Apache-2.0
//
// An initial buffer of no bytes, with an address or without, is none.
#include <cstddef>
#include <span>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: an initial buffer of no bytes is none", "[conformance][places]",
                   arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  {
    std::byte storage[1];
    TestType with_address(std::span<std::byte>(storage, 0), &upstream);
    void* const block = with_address.resource().allocate(10, 1);
    CHECK(upstream.Holds(block, 10));
    TestType without_address(std::span<std::byte>(), &upstream);
    CHECK(upstream.Holds(without_address.resource().allocate(10, 1), 10));
  }
  CHECK(upstream.Check() == "");
}
