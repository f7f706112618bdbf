// SPDX-License-Identifier: Apache-2.0
//
// An outer slice that outgrows its capacity inside a scope grows into scope memory; the outer value
// stays intact.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;

TEST_CASE("a slice at the cursor does not grow in place across the start of a scope",
          "[scope][places]") {
  arena::MonotonicArena a;
  arena::Slice<int> outer = arena::AllocateSlice<int>(a, 3);
  for (std::size_t i = 0; i < 3; ++i) outer[i] = static_cast<int>(i) + 1;
  const std::size_t len = a.Len();
  for (int round = 0; round < 3; ++round) {
    const arena::ArenaScope scope(a);
    arena::Slice<int> grown = outer;
    for (int i = 0; i < 100; ++i) grown = arena::SliceAppend(a, grown, 100 + i);
    CHECK(grown.size() == 103);
    CHECK(grown.data() != outer.data());
    CHECK(grown[2] == 3);
    CHECK(grown[102] == 199);
    a.Alloc(5000, 1);
  }
  CHECK(a.Len() == len);
  CHECK(outer.size() == 3);
  CHECK(outer[0] == 1);
  CHECK(outer[1] == 2);
  CHECK(outer[2] == 3);
  // Outside, it is the last block again and grows where it is.
  const arena::Slice<int> longer = arena::SliceAppend(a, outer, 4);
  CHECK(longer.data() == outer.data());
  CHECK(longer[3] == 4);
}

TEST_CASE("spare capacity from before the scope is used inside it", "[scope]") {
  arena::MonotonicArena a;
  arena::Slice<int> outer = arena::AllocateSlice<int>(a, 1, 4);
  const std::size_t len = a.Len();
  {
    const arena::ArenaScope scope(a);
    outer = arena::SliceAppend(a, outer, 7);
    CHECK(a.Len() == len);
  }
  CHECK(outer.size() == 2);
  CHECK(outer[1] == 7);
}

TEST_CASE("a slice of strings grown inside a scope leaves the outer strings alone", "[scope]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 500, .upstream = &upstream});
    arena::Slice<std::string> outer;
    outer = arena::SliceAppend(a, outer, "the first, too long to be stored inside");
    outer = arena::SliceAppend(a, outer, "the second, too long to be stored inside");
    {
      const arena::ArenaScope scope(a);
      arena::Slice<std::string> grown = outer;
      for (int i = 0; i < 50; ++i) grown = arena::SliceAppend(a, grown, std::string(100, 'x'));
      CHECK(grown.size() == 52);
      CHECK(grown[0] == outer[0]);
    }
    CHECK(outer.size() == 2);
    CHECK(outer[0] == "the first, too long to be stored inside");
    CHECK(outer[1] == "the second, too long to be stored inside");
  }
  CHECK(upstream.Check() == "");
}
