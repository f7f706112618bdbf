// SPDX-License-Identifier: Apache-2.0
//
// A slice whose elements another value sees grows by copying, even when told to move: also after it
// has grown in place in between.
#include <arena/arena.hpp>
#include <string>
#include <utility>

#include "support/catch.hpp"

TEST_CASE("a shared slice that grew in place still copies when it moves to new storage",
          "[slice][places]") {
  // Too long for a string's own bytes: what is moved from is empty.
  const std::string text(100, 't');
  arena::MonotonicArena a;
  auto whole = arena::AllocateSlice<std::string>(a, 0, 2);
  whole = arena::SliceAppend(a, std::move(whole), text);
  whole = arena::SliceAppend(a, std::move(whole), text);
  auto part = GENERATE_COPY(false, true) ? whole.Clip() : whole.Subslice(0, 2);

  part = arena::SliceAppend(a, std::move(part), text);
  REQUIRE(part.data() == whole.data());  // in place
  static_cast<void>(a.Alloc(1, 1));      // and no more
  while (part.data() == whole.data()) part = arena::SliceAppend(a, std::move(part), text);
  CHECK(whole[0] == text);
  CHECK(whole[1] == text);
  CHECK(part[0] == text);
  CHECK(part.back() == text);
}
