// SPDX-License-Identifier: Apache-2.0
//
// An element opens a scope and leaves it open, and the next one throws: the record of their storage
// stays, since the end of the scope looks for it.
#include <arena/arena.hpp>
#include <optional>
#include <stdexcept>

#include "support/catch.hpp"

namespace {

struct OpensThenThrows {
  static inline arena::MonotonicArena* arena = nullptr;
  static inline std::optional<arena::ArenaScope> scope;
  static inline int made = 0;
  OpensThenThrows() {
    if (++made == 2) throw std::runtime_error("the second");
    scope.emplace(*arena);
  }
  ~OpensThenThrows() {}
};

}  // namespace

TEST_CASE("what is registered in the scope runs at its end") {
  arena::MonotonicArena a;
  OpensThenThrows::arena = &a;
  OpensThenThrows::made = 0;
  CHECK_THROWS_AS(arena::AllocateSlice<OpensThenThrows>(a, 3), std::runtime_error);
  bool called = false;
  arena::Defer(a, [&called] { called = true; });
  OpensThenThrows::scope.reset();
  CHECK(called);
  a.Reset();
  CHECK(a.Len() == 0);
}
