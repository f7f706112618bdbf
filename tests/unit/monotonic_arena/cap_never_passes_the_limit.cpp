// SPDX-License-Identifier: Apache-2.0
//
// Cap never passes the limit, and all of the limit can be used.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

TEST_CASE("a limit below what the options hold at once is a bad_alloc", "[monotonic]") {
  CheckingResource upstream;
  CHECK_THROWS_AS(arena::MonotonicArena({.limit = 32767, .upstream = &upstream}), std::bad_alloc);
  CHECK_THROWS_AS(
      arena::MonotonicArena(
          {.min_buffer_size = 100, .initial_buffer_count = 3, .limit = 299, .upstream = &upstream}),
      std::bad_alloc);
  CHECK_THROWS_AS(arena::MonotonicArena({.limit = 0, .upstream = &upstream}), std::bad_alloc);
  std::vector<std::byte> storage(100);
  CHECK_THROWS_AS(
      arena::MonotonicArena({.limit = 99, .initial_buffer = storage, .upstream = &upstream}),
      std::bad_alloc);
  CHECK_THROWS_AS(arena::MonotonicArena({.min_buffer_size = 50,
                                         .initial_buffer_count = 2,
                                         .limit = 149,
                                         .initial_buffer = storage,
                                         .upstream = &upstream}),
                  std::bad_alloc);
  CHECK(upstream.Check() == "");
  storage.assign(100, std::byte{1});  // it is the caller's again
  CHECK(storage[99] == std::byte{1});
}

TEST_CASE("a limit of exactly what the options hold is enough", "[monotonic]") {
  CHECK(arena::MonotonicArena({.limit = 32768}).Cap() == 32768);
  CHECK(arena::MonotonicArena({.min_buffer_size = 100, .initial_buffer_count = 3, .limit = 300})
            .Cap() == 300);
  std::vector<std::byte> storage(100);
  CHECK(arena::MonotonicArena({.limit = 100, .initial_buffer = storage}).Cap() == 100);
}

TEST_CASE("a later ordinary buffer is clamped to what the limit leaves", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.limit = 40000, .upstream = &upstream});
  a.Alloc(32768, 1);
  arena_test::Fill(a.Alloc(7000, 1), 7000, 1);
  CHECK(a.Cap() == 40000);
  arena_test::Fill(a.Alloc(232, 1), 232, 2);
  CHECK(a.Len() == 40000);
  const std::string before = Figures(a);
  CHECK(a.TryAlloc(1, 1) == nullptr);
  CHECK_THROWS_AS(a.Alloc(1, 1), std::bad_alloc);
  CHECK(Figures(a) == before);
}

TEST_CASE("the whole limit can be had in one piece, and not a byte more", "[monotonic]") {
  CheckingResource upstream;
  for (std::size_t limit = 1; limit < 200000; limit += limit < 300 ? 1 : limit / 3) {
    CAPTURE(limit);
    arena::MonotonicArena a({.initial_buffer_count = 0, .limit = limit, .upstream = &upstream});
    REQUIRE(a.TryAlloc(limit + 1, 1) == nullptr);
    REQUIRE(a.Cap() == 0);
    void* block = a.TryAlloc(limit, 1);
    REQUIRE(block != nullptr);
    arena_test::Fill(block, limit, 1);
    REQUIRE(a.Cap() == limit);
    REQUIRE(a.Len() == limit);
    REQUIRE(a.TryAlloc(1, 1) == nullptr);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("less than 64 bytes below the limit still serve what fits", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .limit = 1040});
  a.Alloc(1000, 1);
  CHECK(a.TryAlloc(41, 1) == nullptr);
  CHECK(a.Cap() == 1000);
  CHECK(a.TryAlloc(30, 1) != nullptr);
  CHECK(a.TryAlloc(10, 1) != nullptr);
  CHECK(a.Cap() == 1040);
}

TEST_CASE("where a whole class does not fit below the limit, the request itself may",
          "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .limit = 1000 + 5000});
  a.Alloc(1, 1);
  void* block = a.TryAlloc(5000, 1);  // a class of 5120
  REQUIRE(block != nullptr);
  arena_test::Fill(block, 5000, 1);
  CHECK(a.Cap() == 6000);
  CHECK(a.Stats().waste == 0);
  CHECK(a.TryAlloc(999, 1) != nullptr);
}

TEST_CASE("a window with much left moves on where the limit leaves no other way", "[monotonic]") {
  arena::MonotonicArena a({.initial_buffer_count = 2, .limit = 65536});
  a.Alloc(20000, 1);
  CHECK(a.TryAlloc(20000, 1) != nullptr);  // leaves 12768 behind
  CHECK(a.Stats().waste == 12768);
  CHECK(a.Cap() == 65536);
}

TEST_CASE("unused kept buffers go back before a request fails at the limit", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 1024,
                             .initial_buffer_count = 0,
                             .limit = 100000,
                             .upstream = &upstream});
    SECTION("an oversized one for a larger one") {
      a.Alloc(60000, 1);
      a.Reset();
      void* block = a.TryAlloc(90000, 1);
      REQUIRE(block != nullptr);
      arena_test::Fill(block, 90000, 1);
      CHECK(a.Len() == 90000);
    }
    SECTION("ordinary ones for an oversized one") {
      for (int i = 0; i < 900; ++i) a.Alloc(100, 1);
      CHECK(a.Cap() > 90000);
      a.Reset();
      a.Alloc(500, 1);
      CHECK(a.TryAlloc(95000, 1) != nullptr);
      CHECK(a.Len() == 95500);
    }
    SECTION("an oversized one for an ordinary one") {
      a.Alloc(99000, 1);
      a.Reset();
      for (std::size_t i = 0; i < 800; ++i) REQUIRE(a.TryAlloc(100, 1) != nullptr);
      CHECK(a.Len() == 80000);
      CHECK(a.Stats().waste < 8000);
    }
    SECTION("the unused current one") {
      a.Alloc(1000, 1);
      a.Reset();
      CHECK(a.TryAlloc(100000, 1) != nullptr);
      CHECK(a.Cap() == 100000);
    }
    SECTION("only as many as needed") {
      for (int i = 0; i < 4; ++i) a.Alloc(20000, 1);  // 20480 each
      a.Reset();
      CHECK(a.TryAlloc(45000, 1) != nullptr);
      CHECK(a.Cap() <= 100000);
      CHECK(a.Cap() >= 45000 + 2 * 20480);
    }
    CHECK(a.Cap() <= 100000);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("nothing goes back for a request that cannot be met all the same", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.limit = 100000, .upstream = &upstream});
  a.Alloc(60000, 1);
  a.Reset();
  a.Alloc(1000, 1);
  const std::string before = Figures(a);
  for (const std::size_t size : {67233u, 99999u, 100000u, 100001u, 1000000u}) {
    CAPTURE(size);
    CHECK(a.TryAlloc(size, 1) == nullptr);
    CHECK(Figures(a) == before);
  }
  CHECK_THROWS_AS(a.Reserve(100001), std::bad_alloc);
  CHECK(Figures(a) == before);
  CHECK(a.TryAlloc(67232, 1) != nullptr);
}

TEST_CASE("at the limit the ordinary buffer is tried before the oversized one", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 0, .initial_buffer_count = 0, .limit = 81920, .upstream = &upstream});
  a.Alloc(80000, 1);
  a.Reset();
  void* block = a.TryAlloc(100, 1);
  REQUIRE(block != nullptr);
  CHECK(a.Cap() == 1024);
  CHECK(arena_test::LiesAt(a.Alloc(100, 1), arena_test::At(block, 100)));
}

TEST_CASE("Reserve goes up to the limit and not beyond", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .limit = 50001, .upstream = &upstream});
  a.Alloc(10, 1);
  const std::string before = Figures(a);
  CHECK_THROWS_AS(a.Reserve(49002), std::bad_alloc);
  CHECK(Figures(a) == before);
  a.Reserve(49001);
  CHECK(a.Cap() == 50001);
  CHECK(a.TryAlloc(49001, 1) != nullptr);
  CHECK(a.TryAlloc(1, 1) == nullptr);
}

TEST_CASE("no load takes Cap past the limit, and what fits below it is served", "[monotonic]") {
  for (const std::size_t limit : {100u, 1000u, 33000u, 100000u, 1000000u}) {
    CheckingResource upstream;
    {
      arena::MonotonicArena a({.min_buffer_size = limit / 20,
                               .initial_buffer_count = 1,
                               .limit = limit,
                               .upstream = &upstream});
      arena_test::Random random(limit);
      std::size_t failures = 0;
      std::size_t wrong = 0;
      for (int i = 0; i < 3000; ++i) {
        const std::size_t size = random() % (random() % 10 == 0 ? limit / 2 : limit / 50) + 1;
        const std::size_t alignment = std::size_t{1} << random() % 7;
        const arena::ArenaStats before = a.Stats();
        if (a.TryAlloc(size, alignment) == nullptr) {
          ++failures;
          // Then all that is free and all that the limit leaves are too little for it, wherever
          // they lie: the free bytes are in several buffers, the rest is one piece.
          const std::size_t need = size + (alignment > 16 ? alignment - 1 : 0);
          if (limit - a.Cap() >= need) ++wrong;
          if (a.Len() != before.len || a.Peak() != before.peak) ++wrong;
          if (a.Stats().waste != before.waste || a.Cap() > before.cap) ++wrong;
        }
        if (a.Cap() > limit || !FiguresAgree(a)) ++wrong;
        if (upstream.LiveBytes() < a.Cap()) ++wrong;
        if (random() % 100 == 0) {
          a.Reset();
          if (random() % 3 == 0) {
            if (a.TryAlloc(limit, 1) == nullptr) ++wrong;
            a.Reset();
          }
        }
      }
      CAPTURE(limit, failures);
      CHECK(wrong == 0);
      CHECK(failures > 0);
    }
    CHECK(upstream.Check() == "");
  }
}
