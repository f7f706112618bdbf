// SPDX-License-Identifier: Apache-2.0
//
// Random programs on a window alone: see support/window_model.hpp.
#include <cstddef>
#include <cstdint>

#include "random/decisions.hpp"
#include "support/catch.hpp"
#include "support/window_model.hpp"

TEST_CASE("random programs on a window do what the model says", "[places]") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    arena_random::SeededDecisions decisions(seed);
    arena_test::WindowModel model;
    CAPTURE(seed);
    REQUIRE(model.Run(decisions, 120) == "");
  }
}
