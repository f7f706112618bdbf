// SPDX-License-Identifier: Apache-2.0
//
// A slice whose elements throw takes its record back, but only when that is the newest one: what
// the elements registered before they threw still runs.
#include <arena/arena.hpp>
#include <stdexcept>

#include "support/catch.hpp"

namespace {

// Registers a cleanup, and throws when it is the third.
struct RegistersThenThrows {
  static inline arena::Arena* arena = nullptr;
  static inline int made = 0;
  static inline int cleaned = 0;
  RegistersThenThrows() {
    arena::Defer(*arena, [] { ++cleaned; });
    if (++made == 3) throw std::runtime_error("the third");
  }
  ~RegistersThenThrows() {}
};

}  // namespace

TEST_CASE("what elements registered before one of them threw still runs") {
  arena::MonotonicArena a;
  RegistersThenThrows::arena = &a;
  RegistersThenThrows::made = RegistersThenThrows::cleaned = 0;
  CHECK_THROWS_AS(arena::AllocateSlice<RegistersThenThrows>(a, 5), std::runtime_error);
  CHECK(RegistersThenThrows::made == 3);
  CHECK(RegistersThenThrows::cleaned == 0);
  a.Reset();
  CHECK(RegistersThenThrows::cleaned == 3);
}
