// SPDX-License-Identifier: Apache-2.0
//
// ARENA_ASSERT for coverage builds. The standard assert calls a function that does not return
// within an expression; clang 14 then takes the rest of the block for unreached.
#ifndef ARENA_TESTS_COVERAGE_ASSERT_HPP
#define ARENA_TESTS_COVERAGE_ASSERT_HPP

#include <cstdio>
#include <cstdlib>

inline void ArenaCoverageAssert(bool holds, const char* condition) {
  if (holds) return;
  std::fprintf(stderr, "assertion failed: %s\n", condition);
  std::abort();
}

#define ARENA_ASSERT(...) ArenaCoverageAssert(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__)

#endif  // ARENA_TESTS_COVERAGE_ASSERT_HPP
