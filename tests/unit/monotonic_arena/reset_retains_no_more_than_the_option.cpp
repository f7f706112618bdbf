// SPDX-License-Identifier: Apache-2.0
//
// `retain` bounds Cap() after Reset, and the spares after a scope, whatever the round was.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

TEST_CASE("by default a round's chunks are all retained") {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  for (int i = 0; i < 10; ++i) a.Alloc(900, 1);
  const std::size_t cap = a.Cap();
  a.Reset();
  CHECK(a.Cap() == cap);
}

TEST_CASE("the chunks in which a round begins stay, the later ones go") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 2500, .upstream = &upstream});
  void* const first = a.Alloc(900, 1);
  for (int i = 0; i < 4; ++i) a.Alloc(900, 1);
  REQUIRE(a.Cap() == 5000);
  a.Reset();
  CHECK(a.Cap() == 2000);
  CHECK(FiguresAgree(a));
  CHECK(upstream.LiveBlocks() == 2);

  const std::size_t calls = upstream.Calls();
  CHECK(LiesAt(a.Alloc(900, 1), first));
  a.Alloc(900, 1);
  a.Reset();
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("a bound that is just met frees nothing") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 2000, .upstream = &upstream});
  a.Alloc(900, 1);
  a.Alloc(900, 1);
  a.Reset();
  CHECK(a.Cap() == 2000);
  CHECK(upstream.Deallocations() == 0);
}

TEST_CASE("oversized chunks go first, then the chunks, the first of them last") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 2000, .upstream = &upstream});
  a.Alloc(900, 1);
  a.Alloc(900, 1);
  a.Alloc(50'000, 1);
  a.Alloc(20'000, 1);
  a.Reset();
  CHECK(a.Cap() == 2000);
  CHECK(a.Stats().buffers == 2);
}

TEST_CASE("the only chunk goes too when it alone is above the bound") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 999, .upstream = &upstream});
  REQUIRE(a.Cap() == 1000);
  a.Alloc(10, 1);
  a.Reset();
  CHECK(a.Cap() == 0);
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(FiguresAgree(a));
  a.Alloc(10, 1);
  CHECK(a.Cap() == 1000);
}

TEST_CASE("the caller's buffer counts, and stays") {
  CheckingResource upstream;
  alignas(16) std::byte buffer[1024];
  arena::MonotonicArena a(
      {.min_buffer_size = 500, .retain = 1600, .initial_buffer = buffer, .upstream = &upstream});
  for (int i = 0; i < 4; ++i) a.Alloc(450, 1);
  REQUIRE(a.Cap() == 1024 + 2 * 500);
  a.Reset();
  CHECK(a.Cap() == 1024 + 500);
  CHECK(a.Owns(buffer));

  arena::MonotonicArena b({.retain = 0, .initial_buffer = buffer, .upstream = &upstream});
  b.Alloc(2000, 1);
  b.Reset();
  CHECK(b.Cap() == 1024);
  CHECK(LiesAt(b.Alloc(1, 1), buffer));
}

TEST_CASE("an InlineArena retains its own bytes") {
  arena::InlineArena<512> a({.min_buffer_size = 1000, .retain = 0});
  a.Alloc(400, 1);
  a.Alloc(400, 1);
  REQUIRE(a.Cap() == 1512);
  a.Reset();
  CHECK(a.Cap() == 512);
  CHECK(FiguresAgree(a));
}

TEST_CASE("what was reserved is freed like the rest") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 5000, .upstream = &upstream});
  a.Reserve(4000);
  a.Reset();
  CHECK(a.Cap() == 5000);  // the reserved chunk and the first
  a.Reserve(6000);
  a.Reset();
  CHECK(a.Cap() <= 5000);
  CHECK(FiguresAgree(a));
}

TEST_CASE("what cleanups allocate at Reset is freed with the rest") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 1000, .upstream = &upstream});
  std::size_t cap_in_cleanup = 0;
  arena::Defer(a, [&] {
    a.Alloc(30'000, 1);
    a.Alloc(900, 1);
    cap_in_cleanup = a.Cap();
  });
  a.Reset();
  CHECK(cap_in_cleanup > 30'000);
  CHECK(a.Cap() == 1000);
}

TEST_CASE("the end of a scope frees spares above the bound, and nothing that is in use") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .retain = 2500, .upstream = &upstream});
  for (int i = 0; i < 3; ++i) a.Alloc(900, 1);
  const std::size_t before = a.Cap();
  REQUIRE(before == 3000);
  {
    const arena::ArenaScope outer(a);
    a.Alloc(900, 1);
    {
      const arena::ArenaScope inner(a);
      a.Alloc(900, 1);
      a.Alloc(10'000, 1);
    }
    CHECK(a.Cap() == 4000);
    CHECK(FiguresAgree(a));
  }
  CHECK(a.Cap() == before);
  CHECK(a.Len() == 2700);
}

TEST_CASE("the limit counts what is held, not what was freed") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 1000, .limit = 3000, .retain = 0, .upstream = &upstream});
  for (int round = 0; round < 5; ++round) {
    CHECK(a.TryAlloc(2900, 1) != nullptr);
    CHECK(a.TryAlloc(2900, 1) == nullptr);
    a.Reset();
    CHECK(a.Cap() == 0);
  }
}

TEST_CASE("Cap is within the bound after any round") {
  arena_test::Random random(3);
  for (int program = 0; program < 200; ++program) {
    CheckingResource upstream({.fill = false});
    const std::size_t retain = random() % 3 == 0 ? 0 : random() % 20'000;
    arena::MonotonicArena a({.min_buffer_size = random() % 3000,
                             .initial_buffer_count = random() % 4,
                             .max_buffer_size = random() % 10'000,
                             .retain = retain,
                             .upstream = &upstream});
    for (int round = 0; round < 10; ++round) {
      for (std::size_t i = random() % 30; i != 0; --i) a.Alloc(random() % 3000 + 1, 1);
      if (random() % 4 == 0) a.Reserve(random() % 8000);
      if (random() % 4 == 0) a.ShrinkTo(random() % 8000);
      a.Reset();
      REQUIRE(a.Cap() <= retain);
      REQUIRE(FiguresAgree(a));
      REQUIRE(upstream.LiveBlocks() == a.Stats().buffers);
    }
  }
}
