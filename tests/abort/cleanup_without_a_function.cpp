// SPDX-License-Identifier: Apache-2.0
//
// A cleanup that is registered without a function is noticed by an assertion: its record would be
// taken for a link to older ones.
// expect: a cleanup needs a function to call
#undef NDEBUG  // an assertion is tested
#include <arena/arena.hpp>

int main() {
  arena::MonotonicArena a;
  return a.AddCleanup({}) ? 0 : 1;
}
