// SPDX-License-Identifier: Apache-2.0
//
// Addresses that are used up, a limit, options that make no sense, an upstream that fails: what a
// MonotonicArena does then, with every figure as it was.
#include <arena/arena.hpp>
#include <arena/page_resource.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

#if !ARENA_HEAP  // with it, what is handed out lies elsewhere

TEST_CASE("ordinary buffers follow when the addresses are used up") {
  CheckingResource upstream;
  arena::VirtualArena a({.address_space = 100'000, .upstream = &upstream});
  const std::size_t reserved = a.Reserved();
  CHECK(reserved >= 100'000);
  CHECK(reserved < 100'000 + arena::PageResource::PageSize());
  while (a.Len() + 100 <= reserved) CHECK(a.InRange(a.Alloc(100, 1)));
  CHECK(upstream.Calls() == 0);
  const void* const outside = a.Alloc(100, 1);
  CHECK_FALSE(a.InRange(outside));
  CHECK(a.Owns(outside));
  CHECK(upstream.Holds(outside));
  CHECK(a.Stats().buffers == 2);
  CHECK(FiguresAgree(a));
  a.Reset();
  CHECK(a.Alloc(1, 1) == a.Base());
}

TEST_CASE(
    "a request that no addresses are left for gets a buffer of its own, and the range goes on") {
  CheckingResource upstream;
  arena::VirtualArena a({.address_space = 100'000, .upstream = &upstream});
  a.Alloc(10, 1);
  CHECK_FALSE(a.InRange(a.Alloc(200'000, 1)));
  CHECK(a.Alloc(10, 1) == a.Base() + 10);
}

TEST_CASE("scopes and cleanups cross the end of the range") {
  CheckingResource upstream;
  int ended = 0;
  arena::VirtualArena a({.address_space = 50'000, .commit = 1, .upstream = &upstream});
  arena::Defer(a, [&ended] { ++ended; });
  const std::size_t len = a.Len();
  for (int round = 0; round < 3; ++round) {
    {
      const arena::ArenaScope scope(a);
      for (int i = 0; i < 2000; ++i) {
        arena::Defer(a, [&ended] { ++ended; });
        a.Alloc(30, 1);
      }
      CHECK(upstream.LiveBlocks() != 0);
      CHECK(FiguresAgree(a));
    }
    CHECK(ended == 2000);
    CHECK(a.Len() == len);
    CHECK(FiguresAgree(a));
    ended = 0;
  }
  a.Reset();
  CHECK(ended == 1);
}

TEST_CASE("when upstream fails behind the range, every figure is as before") {
  CheckingResource upstream;
  arena::VirtualArena a({.address_space = 50'000, .upstream = &upstream});
  a.Alloc(49'000, 1);
  upstream.FailFrom(1);
  const std::string before = Figures(a);
  CHECK(a.TryAlloc(10'000, 1) == nullptr);
  CHECK_THROWS_AS(a.Reserve(100'000), std::bad_alloc);
  CHECK(Figures(a) == before);
  CHECK(a.TryAlloc(100, 1) != nullptr);  // what is left of the range
}

TEST_CASE("the limit is exact, below a step and above the addresses") {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, std::size_t{100},
                                  std::size_t{5000}, std::size_t{33'333}, std::size_t{70'000}}) {
    CAPTURE(limit);
    CheckingResource upstream;
    arena::VirtualArena a({.address_space = 60'000, .limit = limit, .upstream = &upstream});
    while (a.TryAlloc(16, 1) != nullptr) REQUIRE(a.Cap() <= limit);
    CHECK(limit - a.Len() < 32 + 64);
    CHECK(FiguresAgree(a));
    const std::string before = Figures(a);
    CHECK(a.TryAlloc(1000, 1) == nullptr);
    CHECK(Figures(a) == before);
  }
}

TEST_CASE("what the range does not use makes room below the limit") {
  CheckingResource upstream;
  arena::VirtualArena a({.address_space = 60'000, .limit = 80'000, .upstream = &upstream});
  a.Alloc(10'000, 1);
  a.Reserve(40'000);
  CHECK(a.TryAlloc(60'000, 1) != nullptr);
  CHECK(a.Cap() <= 80'000);
  CHECK(FiguresAgree(a));
}

TEST_CASE("without addresses it is an ordinary arena") {
  CheckingResource upstream;
  arena::VirtualArena a({.address_space = 0, .upstream = &upstream});
  CHECK(a.Reserved() == 0);
  CHECK(a.Base() == nullptr);
  CHECK(a.Stats().buffers == 0);
  const void* const block = a.Alloc(100, 1);
  CHECK_FALSE(a.InRange(block));
  CHECK_FALSE(a.InRange(nullptr));
  {
    const arena::ArenaScope scope(a);
    a.Alloc(100'000, 1);
  }
  a.ShrinkTo(0);
  a.Reset();
  a.Release();
  CHECK(upstream.LiveBlocks() == 0);
}

TEST_CASE("options of 0 and SIZE_MAX are legal", "[kernel]") {
  for (const std::size_t address_space : {std::size_t{0}, std::size_t{1}, SIZE_MAX}) {
    for (const std::size_t commit : {std::size_t{0}, SIZE_MAX}) {
      for (const std::size_t retain : {std::size_t{0}, SIZE_MAX}) {
        // Not an address space of memory at once.
        const std::size_t limit = commit == SIZE_MAX ? std::size_t{1} << 20 : SIZE_MAX;
        arena::VirtualArena a(
            {.address_space = address_space, .commit = commit, .retain = retain, .limit = limit});
        for (int i = 0; i < 100; ++i) a.Alloc(1000, 1);
        CHECK(a.Len() == 100'000);
        CHECK(a.Cap() <= limit);
        CHECK(FiguresAgree(a));
        a.Reset();
        CHECK((retain != 0 || a.Cap() == 0));
      }
    }
  }
}

#endif
