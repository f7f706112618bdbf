// SPDX-License-Identifier: Apache-2.0
//
// What there is to be fuzzed. Every target takes any bytes, and ends the program with a message
// when the library does not do what its model says.
#ifndef ARENA_TESTS_FUZZ_TARGETS_HPP
#define ARENA_TESTS_FUZZ_TARGETS_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace arena_fuzz {

struct Target {
  const char* name;
  void (*run)(std::span<const std::uint8_t> input);
};

// Random programs about arenas, buffers, pools and the window, and one target for each function of
// detail/core/align.hpp and detail/core/bump.hpp.
std::span<const Target> Targets();

// Null if there is none of that name.
const Target* FindTarget(std::string_view name);

// -- window.cpp
void RunWindow(std::span<const std::uint8_t> input);

// -- arithmetic.cpp
std::span<const Target> ArithmeticTargets();

}  // namespace arena_fuzz

#endif  // ARENA_TESTS_FUZZ_TARGETS_HPP
