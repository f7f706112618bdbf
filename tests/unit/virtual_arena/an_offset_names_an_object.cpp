// SPDX-License-Identifier: Apache-2.0
//
// OffsetOf and At are inverse, for as long as the object lives.
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

#if !ARENA_HEAP  // with it, what is handed out lies elsewhere

TEST_CASE("an object is found again by its offset") {
  arena::VirtualArena a;
  std::vector<std::size_t> offsets;
  for (int i = 0; i < 100'000; ++i) offsets.push_back(a.OffsetOf(arena::Allocate<int>(a, i)));
  CHECK(offsets[0] == 0);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    REQUIRE(*a.At<int>(offsets[i]) == static_cast<int>(i));
    REQUIRE(offsets[i] == i * sizeof(int));
  }
  *a.At<int>(offsets[7]) = 70;
  CHECK(*a.At<const int>(offsets[7]) == 70);
}

TEST_CASE("an object may ask for its offset while the arena ends") {
  struct Asking {
    Asking(arena::VirtualArena& the_arena, std::size_t& the_offset)
        : arena(&the_arena), offset(&the_offset) {}
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() { *offset = dynamic_cast<arena::VirtualArena&>(*arena).OffsetOf(this); }
    arena::Arena* arena;
    std::size_t* offset;
  };
  std::size_t offset = 0;
  {
    arena::VirtualArena a;
    a.Alloc(64, 1);
    arena::Allocate<Asking>(a, a, offset);
  }
  CHECK(offset == 64);
}

TEST_CASE("the range knows what lies in it") {
  arena::VirtualArena a({.address_space = 1 << 20});
  const int outside = 0;
  CHECK_FALSE(a.InRange(&outside));
  CHECK_FALSE(a.InRange(nullptr));
  CHECK(a.InRange(a.Base()));
  CHECK(a.InRange(a.Base() + a.Reserved() - 1));
  CHECK_FALSE(a.InRange(a.Base() + a.Reserved()));
  CHECK(a.OffsetOf(a.Base() + 5) == 5);
}

#endif
