// SPDX-License-Identifier: Apache-2.0
//
// No request fails while a kept buffer would hold it; but a buffer that is not the usual one for a
// request serves it only when it would otherwise fail.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

TEST_CASE("a larger kept oversized chunk serves when upstream fails", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  a.Alloc(10000, 1);
  a.Reset();
  const std::size_t cap = a.Cap();
  const std::size_t size = GENERATE(as<std::size_t>{}, 65, 100, 2000, 5000, 8192, 10240);
  CAPTURE(size);
  upstream.FailFrom(1);
  void* block = a.TryAlloc(size, 1);
  REQUIRE(block != nullptr);
  arena_test::Fill(block, size, 1);
  CHECK(a.Cap() == cap);
  CHECK(a.Len() == size);
  CHECK(a.Stats().waste == 10240 - size);
  CHECK(FiguresAgree(a));
  const std::string before = Figures(a);
  CHECK(a.TryAlloc(65, 1) == nullptr);  // it serves one request, as ever
  CHECK(Figures(a) == before);
}

TEST_CASE("a larger kept oversized chunk stays where it is while upstream delivers",
          "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  a.Alloc(10000, 1);
  a.Reset();
  const std::size_t cap = a.Cap();
  a.Alloc(8192, 1);
  CHECK(a.Cap() == cap + 8192);
  CHECK(a.Stats().free == 64 + 10240);
}

TEST_CASE("of several larger kept buffers the smallest serves", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
  for (const std::size_t size : {100000u, 3000u, 30000u}) a.Alloc(size, 1);
  a.Reset();
  upstream.FailFrom(1);
  for (const std::size_t kept : {3072u, 32768u, 114688u}) {
    CAPTURE(kept);
    const std::size_t waste = a.Stats().waste;
    CHECK(a.TryAlloc(2500, 1) != nullptr);
    CHECK(a.Stats().waste - waste == kept - 2500);
  }
  CHECK(a.TryAlloc(2500, 1) == nullptr);
}

TEST_CASE("a kept ordinary buffer that is not the next one serves when upstream fails",
          "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .initial_buffer_count = 2, .upstream = &upstream});
  a.Alloc(1000, 1);
  a.Alloc(1000, 1);
  a.Reserve(20000);
  a.Reset();
  const std::size_t cap = a.Cap();
  upstream.FailFrom(1);
  SECTION("a request that goes aside otherwise") {
    void* block = a.TryAlloc(15000, 1);
    REQUIRE(block != nullptr);
    arena_test::Fill(block, 15000, 1);
    // The one it has passed over is not lost.
    CHECK(a.TryAlloc(5000, 1) != nullptr);
    CHECK(a.TryAlloc(1000, 1) != nullptr);
  }
  SECTION("an over-aligned one") {
    void* block = a.TryAlloc(15000, 4096);
    REQUIRE(block != nullptr);
    CHECK(arena_test::IsAligned(block, 4096));
  }
  CHECK(a.Cap() == cap);
  CHECK(FiguresAgree(a));
}

TEST_CASE("a window that would rather stay moves on when upstream fails", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 2, .upstream = &upstream});
  a.Alloc(20000, 1);  // 12768 left: too much to leave behind
  upstream.FailFrom(1);
  CHECK(a.TryAlloc(20000, 1) != nullptr);
  CHECK(a.Stats().waste == 12768);
  CHECK(a.Cap() == 65536);
  CHECK(a.TryAlloc(20000, 1) == nullptr);
  CHECK(a.TryAlloc(12768, 1) != nullptr);
}

TEST_CASE("a larger kept buffer that served is an ordinary member of its class afterwards",
          "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 64, .upstream = &upstream});
    for (int i = 0; i < 3; ++i) a.Alloc(10000, 1);
    a.Reset();
    upstream.FailFrom(1);
    CHECK(a.TryAlloc(5000, 1) != nullptr);
    CHECK(a.TryAlloc(10000, 1) != nullptr);
    {
      const arena::ArenaScope scope(a);
      CHECK(a.TryAlloc(5000, 1) != nullptr);
      CHECK(a.TryAlloc(5000, 1) == nullptr);
    }
    CHECK(a.TryAlloc(10000, 1) != nullptr);
    CHECK(a.TryAlloc(10000, 1) == nullptr);
    a.Reset();
    for (int i = 0; i < 3; ++i) CHECK(a.TryAlloc(10000, 1) != nullptr);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("buffers of odd sizes, as a limit makes them, are found again", "[monotonic]") {
  // Where the limit leaves no room for a whole class, a buffer is as large as its request.
  CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 8192, .limit = 8192 + 32768 + 4700, .upstream = &upstream});
    a.Alloc(32768, 1);
    a.Reset();
    a.Alloc(4192, 1);  // 4000 left in the window: too little for what follows, too much to leave
    a.Alloc(4200, 1);
    a.ShrinkTo(8192 + 4200);
    a.Alloc(28672, 1);
    a.Alloc(4550, 1);
    const std::size_t cap = 8192 + 4200 + 28672 + 4550;
    REQUIRE(a.Cap() == cap);
    a.Reset();
    upstream.FailFrom(1);
    a.Alloc(4192, 1);
    CHECK(a.TryAlloc(4500, 1) != nullptr);  // of the two, the first is too small
    CHECK(a.Stats().waste == 50);
    CHECK(a.TryAlloc(4100, 1) != nullptr);
    CHECK(a.Stats().waste == 150);
    CHECK(a.TryAlloc(28000, 1) != nullptr);
    CHECK(a.Cap() == cap);
    CHECK(FiguresAgree(a));
    a.Reset();
    a.Alloc(4192, 1);
    CHECK(a.TryAlloc(4100, 1) != nullptr);
    CHECK(a.TryAlloc(4200, 1) != nullptr);
    CHECK(a.Cap() == cap);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("at the limit a request takes a kept buffer of up to four times its size",
          "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 0, .initial_buffer_count = 0, .limit = 40960, .upstream = &upstream});
  a.Alloc(40000, 1);
  REQUIRE(a.Cap() == 40960);
  a.Reset();
  const std::size_t calls = upstream.Calls();
  upstream.FailFrom(1);
  CHECK(a.TryAlloc(12000, 1) != nullptr);
  CHECK(upstream.Calls() == calls);
  CHECK(a.Stats().waste == 40960 - 12000);
}

TEST_CASE("at the limit a much larger kept buffer makes room for several requests", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1024, .max_buffer_size = 0, .limit = 41984, .upstream = &upstream});
  a.Alloc(40000, 1);
  REQUIRE(a.Cap() == 41984);
  a.Reset();
  for (int i = 0; i < 8; ++i) CHECK(a.TryAlloc(5000, 1) != nullptr);
  CHECK(a.Cap() <= 41984);
}
