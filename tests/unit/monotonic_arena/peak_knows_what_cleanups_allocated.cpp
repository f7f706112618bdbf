// SPDX-License-Identifier: Apache-2.0
//
// What the cleanups of a Reset allocate is in Peak, although no one can look at Len in between.
#include <arena/arena.hpp>

#include "support/catch.hpp"

TEST_CASE("Peak knows what the cleanups of a Reset allocated") {
  arena::MonotonicArena a;
  static_cast<void>(a.Alloc(100, 1));
  arena::Defer(a, [&a] { static_cast<void>(a.Alloc(5000, 1)); });
  SECTION("Reset") { a.Reset(); }
  SECTION("Release") { a.Release(); }
  CHECK(a.Len() == 0);
  CHECK(a.Peak() >= 5100);
}
