// SPDX-License-Identifier: Apache-2.0
//
// The window alone: any bytes are a program for support/window_model.hpp.
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "fuzz/targets.hpp"
#include "random/decisions.hpp"
#include "support/window_model.hpp"

namespace arena_fuzz {

void RunWindow(std::span<const std::uint8_t> input) {
  arena_random::ByteDecisions decisions(input.data(), input.size());
  arena_test::WindowModel model;
  const std::string problem = model.Run(decisions, input.size());
  if (problem.empty()) return;
  std::fprintf(stderr, "FAILED: %s\n", problem.c_str());
  std::abort();
}

}  // namespace arena_fuzz
