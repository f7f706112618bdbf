// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.ctor]: without an upstream resource it is the one that
// get_default_resource() names at construction.
#include <memory_resource>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/default_resource.hpp"
#include "support/monotonic_resources.hpp"

namespace {

using arena_test::DefaultResource;

template <class Monotonic>
struct Made {
  explicit Made(std::pmr::memory_resource* default_resource) : as(default_resource) {}
  DefaultResource as;
  Monotonic monotonic;
};

}  // namespace

TEMPLATE_TEST_CASE("conformance: the default resource at construction is the upstream",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource first, second;
  {
    Made<TestType> made(&first);
    const DefaultResource later(&second);
    void* const block = made.monotonic.resource().allocate(100'000);
    CHECK((ARENA_HEAP || first.Holds(block, 100'000)));
  }
  CHECK(second.Calls() == 0);
  CHECK(first.Check() == "");
}
