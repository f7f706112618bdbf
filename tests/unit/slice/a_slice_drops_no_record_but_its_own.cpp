// SPDX-License-Identifier: Apache-2.0
//
// A slice whose elements throw takes its record back, but only when that is the newest one: what
// the elements registered before they threw still runs.
#include <arena/arena.hpp>
#include <cstring>
#include <memory>
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

// Registers a cleanup that takes no memory of the window, and throws.
struct OwnsThenThrows {
  static inline arena::Arena* arena = nullptr;
  OwnsThenThrows() {
    arena::Own(*arena, std::make_unique<int>(1));
    throw std::runtime_error("at once");
  }
  ~OwnsThenThrows() {}
};

}  // namespace

TEST_CASE("storage whose record stays is not handed out again") {
  arena::MonotonicArena a;
  OwnsThenThrows::arena = &a;
  CHECK_THROWS_AS(arena::AllocateSlice<OwnsThenThrows>(a, 5), std::runtime_error);
  std::memset(a.Alloc(100), 0xFF, 100);  // its header, if it was
  a.Reset();
  CHECK(a.Len() == 0);
}

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
