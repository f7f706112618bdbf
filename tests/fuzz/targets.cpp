// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "random/decisions.hpp"
#include "random/program.hpp"

namespace arena_fuzz {
namespace {

template <arena_random::Subject kSubject>
void RunProgramOf(std::span<const std::uint8_t> input) {
  arena_random::ByteDecisions decisions(input.data(), input.size());
  const arena_random::Program program = arena_random::Decode(kSubject, decisions);
  std::size_t steps = 0;
  arena_random::RunProgram(program, false, &steps);
}

}  // namespace

std::span<const Target> Targets() {
  static const std::vector<Target> targets = [] {
    std::vector<Target> all = {{"arena", &RunProgramOf<arena_random::Subject::kArena>},
                               {"buffers", &RunProgramOf<arena_random::Subject::kBuffers>},
                               {"pool", &RunProgramOf<arena_random::Subject::kPool>},
                               {"window", &RunWindow}};
    const std::span<const Target> arithmetic = ArithmeticTargets();
    all.insert(all.end(), arithmetic.begin(), arithmetic.end());
    return all;
  }();
  return targets;
}

const Target* FindTarget(std::string_view name) {
  for (const Target& target : Targets()) {
    if (name == target.name) return &target;
  }
  return nullptr;
}

}  // namespace arena_fuzz
