// SPDX-License-Identifier: Apache-2.0
//
// ShrinkTo gives back buffers that hold nothing, until Cap is at most what it is told or none is
// left.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

TEST_CASE("ShrinkTo stops as soon as Cap is small enough", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 100, .initial_buffer_count = 3, .upstream = &upstream});
  a.ShrinkTo(SIZE_MAX);
  a.ShrinkTo(300);
  CHECK(upstream.Deallocations() == 0);
  a.ShrinkTo(299);
  CHECK(a.Cap() == 200);
  a.ShrinkTo(200);
  CHECK(a.Cap() == 200);
  a.ShrinkTo(1);
  CHECK(a.Cap() == 0);
  CHECK(upstream.LiveBlocks() == 0);
  a.ShrinkTo(0);
  CHECK(a.Stats().buffers == 0);
}

TEST_CASE("an arena that ShrinkTo emptied is usable", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.upstream = &upstream});
    a.ShrinkTo(0);
    CHECK(a.Cap() == 0);
    CHECK(a.Len() == 0);
    arena_test::Fill(a.Alloc(100, 64), 100, 1);
    CHECK(a.Cap() == 32768);
    a.Reset();
    a.ShrinkTo(0);
    a.Reset();
    a.Release();
    a.Alloc(100000, 1);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("a buffer with an allocation stays, with what it holds", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .initial_buffer_count = 4, .upstream = &upstream});
  void* first = a.Alloc(900, 1);
  void* second = a.Alloc(500, 1);
  void* dedicated = a.Alloc(5000, 1);
  arena_test::Fill(first, 900, 1);
  arena_test::Fill(second, 500, 2);
  arena_test::Fill(dedicated, 5000, 3);
  const std::size_t len = a.Len();
  a.ShrinkTo(0);
  CHECK(a.Cap() == 2000 + 5120);
  CHECK(a.Len() == len);
  CHECK(arena_test::StillHolds(first, 900, 1));
  CHECK(arena_test::StillHolds(second, 500, 2));
  CHECK(arena_test::StillHolds(dedicated, 5000, 3));
  CHECK(LiesAt(a.Alloc(1, 1), At(second, 500)));
  CHECK(FiguresAgree(a));
}

TEST_CASE("a buffer with nothing but a cleanup record stays", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  arena::Own(a, std::make_unique<int>(1));
  a.ShrinkTo(0);
  CHECK(a.Cap() == 1000);
  a.Reset();
  a.ShrinkTo(0);
  CHECK(a.Cap() == 0);
}

TEST_CASE("a buffer whose only block was taken back goes", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer_count = 2});
  a.Alloc(1000, 1);
  void* block = a.Alloc(500, 1);
  REQUIRE(a.TryResize(block, 500, 0));
  a.ShrinkTo(0);
  CHECK(a.Cap() == 1000);
  CHECK(a.Len() == 1000);
  a.Alloc(500, 1);
  CHECK(a.Len() == 1500);
  CHECK(FiguresAgree(a));
}

TEST_CASE("the buffer where an open scope starts stays", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .initial_buffer_count = 3, .upstream = &upstream});
  {
    const arena::ArenaScope outer(a);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 1000);
    {
      const arena::ArenaScope inner(a);
      a.ShrinkTo(0);
      CHECK(a.Cap() == 1000);
      a.Alloc(1000, 1);
      a.Alloc(1000, 1);
      CHECK(a.Cap() == 2000);
    }
    CHECK(a.Cap() == 2000);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 1000);
  }
  a.ShrinkTo(0);
  CHECK(a.Cap() == 0);
  CHECK(FiguresAgree(a));
}

TEST_CASE("inside a scope ShrinkTo leaves what was taken before and inside", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  void* before = a.Alloc(700, 1);
  arena_test::Fill(before, 700, 1);
  void* aside = a.Alloc(3000, 1);
  arena_test::Fill(aside, 3000, 2);
  {
    const arena::ArenaScope scope(a);
    void* inside = a.Alloc(900, 1);
    arena_test::Fill(inside, 900, 3);
    {
      a.Alloc(7000, 1);
    }
    const std::size_t cap = a.Cap();
    a.ShrinkTo(0);
    CHECK(a.Cap() == cap);
    CHECK(arena_test::StillHolds(inside, 900, 3));
  }
  a.ShrinkTo(0);
  CHECK(a.Cap() == 1000 + 3072);
  CHECK(a.Len() == 3700);
  CHECK(arena_test::StillHolds(before, 700, 1));
  CHECK(arena_test::StillHolds(aside, 3000, 2));
  CHECK(LiesAt(a.Alloc(1, 1), At(before, 700)));
}

TEST_CASE("the caller's buffer stays", "[monotonic]") {
  CheckingResource upstream;
  std::vector<std::byte> storage(500);
  arena::MonotonicArena a({.min_buffer_size = 1000,
                           .initial_buffer_count = 3,
                           .initial_buffer = storage,
                           .upstream = &upstream});
  CHECK(a.Cap() == 2500);
  SECTION("unused") {}
  SECTION("used and reset") {
    a.Alloc(400, 1);
    a.Alloc(1000, 1);
    a.Reset();
  }
  SECTION("behind a buffer that Reserve took") { a.Reserve(5000); }
  a.ShrinkTo(0);
  CHECK(a.Cap() == 500);
  CHECK(upstream.LiveBlocks() == 0);
  void* block = a.Alloc(100, 1);
  CHECK(a.Owns(block));
  CHECK(LiesAt(block, storage.data()));
  CHECK(FiguresAgree(a));
}

TEST_CASE("unused oversized chunks go, the largest first", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  for (const std::size_t size : {1024u, 8192u, 2048u, 1024u}) a.Alloc(size, 1);
  a.Reset();
  a.Alloc(1024, 1);
  CHECK(a.Cap() == 64 + 1024 + 8192 + 2048 + 1024);
  a.ShrinkTo(5000);
  CHECK(a.Cap() == 64 + 1024 + 2048 + 1024);
  a.ShrinkTo(64 + 1024 + 1024);
  CHECK(a.Cap() == 64 + 1024 + 1024);
  a.ShrinkTo(0);
  CHECK(a.Cap() == 1024);  // the one in use
  CHECK(a.Len() == 1024);
  a.Reset();
  a.ShrinkTo(0);
  CHECK(a.Cap() == 0);
  CHECK(upstream.LiveBlocks() == 0);
}

TEST_CASE("Peak survives ShrinkTo, and growth starts small again", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int i = 0; i < 1000; ++i) a.Alloc(100, 1);
  a.Reset();
  a.ShrinkTo(0);
  CHECK(a.Peak() == 100000);
  a.Alloc(1, 1);
  CHECK(a.Cap() == 1000);
}

TEST_CASE("rounds between which the arena is shrunk give every buffer back", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
    for (std::size_t round = 0; round < 30; ++round) {
      for (std::size_t i = 0; i < 50; ++i) {
        const std::size_t size = (i * 977 + round * 131) % 4000 + 1;
        arena_test::Fill(a.Alloc(size, std::size_t{1} << i % 8), size, i);
      }
      a.Reset();
      const std::size_t target = round * 2000;
      a.ShrinkTo(target);
      CAPTURE(round);
      CHECK(a.Cap() <= target);
      CHECK(FiguresAgree(a));
      CHECK(upstream.LiveBlocks() == a.Stats().buffers);
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("Reset enters the chunk that is left when ShrinkTo has freed the window's",
          "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
    a.Alloc(100, 1);
    a.Reserve(2000);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 1024);
    const std::size_t calls = upstream.Calls();
    for (int round = 0; round < 3; ++round) {
      a.Reset();
      CHECK(a.Len() == 0);
      CHECK(a.Stats().free == 1024);
      CHECK(a.Owns(a.Alloc(100, 1)));
      CHECK(a.Cap() == 1024);
    }
    CHECK(upstream.Calls() == calls);
  }
  CHECK(upstream.Check().empty());
}
