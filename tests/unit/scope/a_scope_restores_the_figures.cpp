// SPDX-License-Identifier: Apache-2.0
//
// The end of a scope frees what was allocated since its start, and nothing else.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

TEST_CASE("a scope's end puts Len back and the next block where the scope's first was", "[scope]") {
  arena::MonotonicArena a;
  void* before = a.Alloc(100, 1);
  arena_test::Fill(before, 100, 1);
  {
    const arena::ArenaScope scope(a);
    CHECK(a.Len() == 100);
    void* inside = a.Alloc(200, 1);
    CHECK(LiesAt(inside, At(before, 100)));
    CHECK(a.Len() == 300);
  }
  CHECK(a.Len() == 100);
  CHECK(a.Peak() == 300);
  CHECK(LiesAt(a.Alloc(1, 1), At(before, 100)));
  CHECK(arena_test::StillHolds(before, 100, 1));
}

TEST_CASE("buffers taken inside a scope stay as spares", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  a.Alloc(500, 1);
  std::size_t cap = 0;
  std::size_t calls = 0;
  for (int round = 0; round < 10; ++round) {
    CAPTURE(round);
    {
      const arena::ArenaScope scope(a);
      for (std::size_t i = 0; i < 100; ++i) a.Alloc(i * 37 % 3000 + 1, 8);
      if (round == 0) {
        cap = a.Cap();
        calls = upstream.Calls();
      }
      CHECK(a.Cap() == cap);
    }
    CHECK(a.Len() == 500);
    CHECK(a.Cap() == cap);
    CHECK(a.Stats().waste == 0);
    CHECK(a.Stats().free == cap - 500);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("a scope in which the window moved leaves it where it was", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .initial_buffer_count = 3, .upstream = &upstream});
  void* before = a.Alloc(900, 1);
  {
    const arena::ArenaScope scope(a);
    a.Alloc(900, 1);
    a.Alloc(900, 1);
    CHECK(a.Len() == 2700);
    CHECK(a.Stats().waste == 200);
  }
  CHECK(a.Len() == 900);
  CHECK(a.Stats().waste == 0);
  CHECK(LiesAt(a.Alloc(100, 1), At(before, 900)));
  CHECK(a.Cap() == 3000);
}

TEST_CASE("a scope without an allocation changes nothing", "[scope]") {
  arena::MonotonicArena a;
  void* before = a.Alloc(100, 1);
  const std::string figures = arena_test::Figures(a);
  {
    const arena::ArenaScope scope(a);
  }
  CHECK(arena_test::Figures(a) == figures);
  CHECK(LiesAt(a.Alloc(1, 1), At(before, 100)));
}

TEST_CASE("the count of what went aside is put back too", "[scope]") {
  arena::MonotonicArena a({.initial_buffer_count = 2});
  a.Alloc(32768 - 4096, 1);
  for (int i = 0; i < 3; ++i) a.Alloc(8192, 1);
  {
    const arena::ArenaScope scope(a);
    a.Alloc(8192, 1);  // 32768 aside now: the next one would move the window
  }
  const std::size_t cap = a.Cap();
  a.Alloc(8192, 1);  // the fourth again
  CHECK(a.Stats().waste == 0);
  CHECK(a.Cap() == cap);
  a.Alloc(8192, 1);
  CHECK(a.Stats().waste == 4096);
}

TEST_CASE("scopes come and go in loops, and what is outside stays intact", "[scope]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 512, .upstream = &upstream});
    arena_test::Random random(6);
    struct Block {
      void* memory;
      std::size_t size;
    };
    std::vector<Block> kept;
    for (std::size_t round = 0; round < 300; ++round) {
      const std::size_t len = a.Len();
      {
        const arena::ArenaScope scope(a);
        const std::size_t count = random() % 40;
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t size = random() % (i % 7 == 0 ? 2000 : 100) + 1;
          arena_test::Fill(a.Alloc(size, std::size_t{1} << random() % 7), size, 255);
        }
      }
      REQUIRE(a.Len() == len);
      REQUIRE(FiguresAgree(a));
      const std::size_t size = random() % 200 + 1;
      kept.push_back({a.Alloc(size, 8), size});
      arena_test::Fill(kept.back().memory, size, round);
    }
    bool intact = true;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      intact = intact && arena_test::StillHolds(kept[i].memory, kept[i].size, i);
    }
    CHECK(intact);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("stale and foreign marks cannot be written", "[scope]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::ArenaScope>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::ArenaScope>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<arena::ArenaScope>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<arena::ArenaScope, arena::ConcurrentArena&>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<arena::MonotonicArena&, arena::ArenaScope>);
}
