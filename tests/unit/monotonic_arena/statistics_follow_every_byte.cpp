// SPDX-License-Identifier: Apache-2.0
//
// Stats: cap == len + record bytes + waste + free, at any time.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

TEST_CASE("the statistics of a fresh arena", "[monotonic]") {
  const arena::MonotonicArena a;
  CHECK(Figures(a) == "len 0, cap 32768, peak 0, buffers 1, records 0, waste 0, free 32768");
}

TEST_CASE("the statistics follow every byte", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer_count = 2});
  a.Alloc(900, 1);
  CHECK(Figures(a) == "len 900, cap 2000, peak 900, buffers 2, records 0, waste 0, free 1100");
  a.Alloc(200, 1);
  CHECK(Figures(a) == "len 1100, cap 2000, peak 1100, buffers 2, records 0, waste 100, free 800");
  a.Alloc(1500, 1);
  CHECK(Figures(a) == "len 2600, cap 3536, peak 2600, buffers 3, records 0, waste 136, free 800");
  a.Reset();
  CHECK(Figures(a) == "len 0, cap 3536, peak 2600, buffers 3, records 0, waste 0, free 3536");
  a.Release();
  CHECK(Figures(a) == "len 0, cap 0, peak 2600, buffers 0, records 0, waste 0, free 0");
}

TEST_CASE("a cleanup record is at most 16 bytes, is in Stats and not in Len", "[monotonic]") {
  arena::MonotonicArena a;
  for (int i = 0; i < 1000; ++i) {
    arena::Own(a, std::make_unique<int>(i));
    REQUIRE(a.Len() == 0);
    REQUIRE(FiguresAgree(a));
  }
  CHECK(a.Stats().records >= 1000 * sizeof(void*));
  CHECK(a.Stats().records <= 1000 * 16 + 16);  // 16 to link them with those of other buffers
  CHECK(a.Stats().free == 32768 - a.Stats().records);
  CHECK(a.Peak() == 0);
  a.Reset();
  CHECK(a.Stats().records == 0);
  CHECK(a.Stats().free == 32768);
}

TEST_CASE("records spread over many buffers are all counted, and gone after Reset", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 200, .upstream = &upstream});
  for (std::size_t i = 0; i < 500; ++i) {
    arena::Own(a, std::make_unique<int>(1));
    a.Alloc(i % 50 + 1, 1);
    REQUIRE(FiguresAgree(a));
  }
  CHECK(a.Stats().records >= 500 * sizeof(void*));
  CHECK(a.Stats().records <= 500 * 16 + a.Stats().buffers * 16);
  const std::size_t cap = a.Cap();
  a.Reset();
  CHECK(a.Stats().records == 0);
  CHECK(a.Stats().free == cap);
}

TEST_CASE("a scope's end restores waste and records as well as Len", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  a.Alloc(900, 1);
  arena::Own(a, std::make_unique<int>(1));
  a.Alloc(400, 1);
  const arena::ArenaStats before = a.Stats();
  {
    const arena::ArenaScope scope(a);
    for (int i = 0; i < 100; ++i) {
      a.Alloc(300, 1);
      a.Alloc(3000, 1);
      arena::Own(a, std::make_unique<int>(1));
    }
    CHECK(a.Stats().records > before.records);
  }
  CHECK(a.Stats().len == before.len);
  CHECK(a.Stats().records == before.records);
  CHECK(a.Stats().waste == before.waste);
  CHECK(FiguresAgree(a));
}

TEST_CASE("the statistics agree with themselves under any load", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 700, .initial_buffer_count = 2, .upstream = &upstream});
    arena_test::Random random(5);
    std::size_t disagreements = 0;
    for (int i = 0; i < 20000; ++i) {
      const std::size_t size = random() % (random() % 8 == 0 ? 3000 : 100) + 1;
      switch (random() % 16) {
        case 0:
          arena::Own(a, std::make_unique<int>(i));
          break;
        case 1:
          if (void* block = a.Alloc(size, 1); random() % 2 == 0) a.TryResize(block, size, size / 2);
          break;
        case 2:
          if (random() % 50 == 0) a.Reset();
          break;
        case 3:
          if (random() % 20 == 0) a.ShrinkTo(random() % 100000);
          break;
        case 4:
          if (random() % 20 == 0) a.Reserve(size * 2);
          break;
        case 5:
          if (random() % 200 == 0) a.Release();
          break;
        default:
          a.Alloc(size, std::size_t{1} << random() % 8);
      }
      if (!FiguresAgree(a)) ++disagreements;
      if (upstream.LiveBlocks() != a.Stats().buffers) ++disagreements;
    }
    CHECK(disagreements == 0);
    CHECK(a.Peak() > 0);
  }
  CHECK(upstream.Check() == "");
}
