// SPDX-License-Identifier: Apache-2.0
//
// A factory may return some arena as std::unique_ptr<Arena>: its destructor releases.
#include <arena/arena.hpp>
#include <memory>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

TEST_CASE("an arena dies whole through a pointer to the interface") {
  arena_test::CheckingResource upstream;
  arena_test::LifetimeLog log;
  {
    std::unique_ptr<arena::Arena> a = std::make_unique<arena::MonotonicArena>(
        arena::MonotonicArenaOptions{.upstream = &upstream});
    arena::Allocate<arena_test::Tracked>(*a, 1);
    CHECK(log.Live() == 1);
  }
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}
