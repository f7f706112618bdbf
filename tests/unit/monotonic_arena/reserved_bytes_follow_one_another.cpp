// SPDX-License-Identifier: Apache-2.0
//
// Reserve takes memory for what is coming in one piece, and the window moves there at once.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

TEST_CASE("the reserved bytes follow one another and call upstream no more",
          "[monotonic][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  a.Alloc(100, 1);
  a.Reserve(1000000);
  CHECK(a.Len() == 100);
  CHECK(a.Cap() == 32768 + 1000000);
  const std::size_t calls = upstream.Calls();
  void* first = a.Alloc(1, 1);
  bool contiguous = true;
  for (std::size_t at = 1; at < 1000000; at += 27) {
    contiguous = contiguous && a.Alloc(27, 1) == At(first, at);
  }
  CHECK(contiguous);
  CHECK(a.Len() == 100 + 1000000);
  CHECK(upstream.Calls() == calls);
  CHECK(FiguresAgree(a));
}

TEST_CASE("what Reserve took serves one request of that size, whatever the size", "[monotonic]") {
  CheckingResource upstream;
  for (const std::size_t bytes : {1u, 15u, 17u, 100u, 101u, 1000u, 5000u, 32768u, 100001u}) {
    CAPTURE(bytes);
    arena::MonotonicArena a({.min_buffer_size = 100, .upstream = &upstream});
    a.Alloc(60, 1);
    a.Reserve(bytes);
    const std::size_t calls = upstream.Calls();
    // A buffer that was taken for it starts at a multiple of 16; the first 40 bytes fit the old
    // one.
    arena_test::Fill(a.Alloc(bytes, bytes > 40 ? 16 : 1), bytes, 1);
    CHECK(upstream.Calls() == calls);
    CHECK(a.Len() == 60 + bytes);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("Reserve does nothing where the window has the room", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* block = a.Alloc(768, 1);
  const std::string before = Figures(a);
  const std::size_t calls = upstream.Calls();
  for (const std::size_t bytes : {0u, 1u, 1000u, 32000u}) a.Reserve(bytes);
  CHECK(Figures(a) == before);
  CHECK(upstream.Calls() == calls);
  CHECK(LiesAt(a.Alloc(1, 1), At(block, 768)));
  a.Reserve(32000);  // now it has not
  CHECK(upstream.Calls() == calls + 1);
}

TEST_CASE("Reserve of nothing takes no buffer for an empty arena", "[monotonic]") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  a.Reserve(0);
  CHECK(a.Cap() == 0);
  a.Reserve(1);
  CHECK(a.Cap() == 32768);  // never less than an ordinary buffer
}

TEST_CASE("an unused current buffer goes behind the one that Reserve took", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  a.Reserve(5008);
  CHECK(a.Cap() == 6008);
  CHECK(a.Stats().waste == 0);
  CHECK(a.Stats().free == 6008);
  const std::size_t calls = upstream.Calls();
  a.Alloc(5008, 1);
  a.Alloc(1000, 1);
  CHECK(a.Len() == 6008);
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("the rest of a used current buffer becomes a tail, until Reset", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  SECTION("used by a block") {
    a.Alloc(400, 1);
    a.Reserve(5008);
    CHECK(a.Stats().waste == 600);
  }
  SECTION("used by a cleanup record only") {
    arena::Own(a, std::make_unique<int>(1));
    a.Reserve(5008);
    CHECK(a.Stats().waste == 1000 - a.Stats().records);
  }
  CHECK(a.Stats().buffers == 2);
  a.Reset();
  CHECK(a.Stats().waste == 0);
  CHECK(a.Stats().free == 6008);
  CHECK(FiguresAgree(a));
}

TEST_CASE("Reserve takes a kept buffer that is large enough before it calls upstream",
          "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  a.Alloc(500, 1);
  a.Reserve(20000);
  a.Reset();
  const std::size_t cap = a.Cap();
  const std::size_t calls = upstream.Calls();
  a.Alloc(500, 1);
  a.Reserve(15000);
  CHECK(a.Cap() == cap);
  CHECK(a.Stats().waste == 500);
  void* first = a.Alloc(7500, 1);
  CHECK(LiesAt(a.Alloc(7500, 1), At(first, 7500)));
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("reserving more twice takes one buffer each, and all of them serve", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 100, .max_buffer_size = 100, .upstream = &upstream});
    for (std::size_t i = 1; i <= 3; ++i) {
      a.Reserve(1600 * i);
      CHECK(a.Stats().buffers == i + 1);
    }
    CHECK(a.Stats().waste == 0);
    CHECK(a.Len() == 0);
    // All of them serve, the newest first.
    const std::size_t allocations = upstream.Allocations();
    for (std::size_t i = 3; i >= 1; --i) a.Reserve(1600 * i), a.Alloc(1600 * i, 16);
    CHECK(upstream.Allocations() == allocations);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("a Reserve that cannot be met changes nothing", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* block = a.Alloc(100, 1);
  const std::string before = Figures(a);
  const std::size_t calls = upstream.Calls();
  for (const std::size_t bytes :
       {SIZE_MAX, SIZE_MAX - 15, static_cast<std::size_t>(PTRDIFF_MAX) + 1}) {
    CHECK_THROWS_AS(a.Reserve(bytes), std::bad_alloc);
  }
  CHECK(upstream.Calls() == calls);
  for (const std::size_t bytes :
       {static_cast<std::size_t>(PTRDIFF_MAX), static_cast<std::size_t>(PTRDIFF_MAX) - 100,
        arena_test::kMoreThanThereIs}) {
    CHECK_THROWS_AS(a.Reserve(bytes), std::bad_alloc);
  }
  CHECK(Figures(a) == before);
  CHECK(LiesAt(a.Alloc(1, 1), At(block, 100)));
}

TEST_CASE("what was reserved inside a scope is a spare behind it", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* block = a.Alloc(100, 1);
  {
    const arena::ArenaScope scope(a);
    a.Reserve(1000000);
    a.Alloc(900000, 1);
  }
  CHECK(a.Len() == 100);
  CHECK(a.Cap() == 32768 + 1000000);
  CHECK(a.Stats().waste == 0);
  CHECK(LiesAt(a.Alloc(1, 1), At(block, 100)));
  const std::size_t calls = upstream.Calls();
  a.Reserve(1000000);
  CHECK(upstream.Calls() == calls);
}
