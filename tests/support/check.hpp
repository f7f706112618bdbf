// SPDX-License-Identifier: Apache-2.0
//
// Checks for a program of tests/config, where Catch2 would be in the way: without exceptions, or with
// an operator new that counts. Takes no memory.
#ifndef ARENA_TESTS_SUPPORT_CHECK_HPP
#define ARENA_TESTS_SUPPORT_CHECK_HPP

#include <cstdio>

namespace arena_test {

inline int checks_failed = 0;

// Prints what does not hold. On one thread at a time.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  ++checks_failed;
}

// What main returns.
inline int ExitStatus() { return checks_failed == 0 ? 0 : 1; }

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_CHECK_HPP
