// SPDX-License-Identifier: Apache-2.0
//
// At its limit an arena gives unused buffers back to make room for one of the right size. When
// upstream then fails, what is still held serves the request, however large it is.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

TEST_CASE("at its limit, with an upstream that fails, an arena serves from what it holds",
          "[monotonic]") {
  arena_test::CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 219, .initial_buffer_count = 0, .limit = 3030, .upstream = &upstream});
    a.Alloc(400, 1);
    a.Alloc(462, 1);
    a.Alloc(2000, 1);
    REQUIRE(a.Cap() > 3030 - 29);  // no room for a buffer of that size
    REQUIRE(a.Stats().buffers == 3);
    a.Reset();
    upstream.FailFrom(1);
    void* const block = a.TryAlloc(29, 1);
    REQUIRE(block != nullptr);
    CHECK(a.Owns(block));
    CHECK(a.Len() == 29);
    CHECK(upstream.Failures() > 0);
  }
  CHECK(upstream.Check().empty());
}
