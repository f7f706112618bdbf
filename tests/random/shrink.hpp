// SPDX-License-Identifier: Apache-2.0
//
// Makes a failing program smaller for as long as it still fails.
#ifndef ARENA_TESTS_RANDOM_SHRINK_HPP
#define ARENA_TESTS_RANDOM_SHRINK_HPP

#include <functional>

#include "random/program.hpp"

namespace arena_random {

// Asks `fails` at most so many times.
Program Shrink(const Program& program, const std::function<bool(const Program&)>& fails,
               int budget);

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_SHRINK_HPP
