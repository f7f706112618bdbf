// SPDX-License-Identifier: Apache-2.0
//
// [mem.res.monotonic.buffer.mem]: throws nothing unless the upstream resource does; afterwards it
// goes on as if nothing had happened.
#include <cstddef>
#include <cstring>
#include <new>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/monotonic_resources.hpp"

TEMPLATE_TEST_CASE("conformance: a failure of upstream passes and leaves all as it was",
                   "[conformance]", arena_test::Ours, arena_test::Standard) {
  arena_test::CheckingResource upstream;
  {
    TestType monotonic(&upstream, 256);
    auto* const before = static_cast<unsigned char*>(monotonic.resource().allocate(100, 1));
    std::memset(before, 0x5A, 100);
    upstream.FailFrom(1);
    CHECK_THROWS_AS(static_cast<void>(monotonic.resource().allocate(100'000)), std::bad_alloc);
    CHECK(upstream.Failures() > 0);
    upstream.FailNever();
    auto* const after = static_cast<unsigned char*>(monotonic.resource().allocate(100'000));
    std::memset(after, 0xA5, 100'000);
    CHECK(before[0] == 0x5A);
    CHECK(before[99] == 0x5A);
  }
  CHECK(upstream.Check() == "");
}
