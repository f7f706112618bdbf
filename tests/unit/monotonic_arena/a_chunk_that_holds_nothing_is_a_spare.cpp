// SPDX-License-Identifier: Apache-2.0
//
// A chunk that the window leaves unused becomes a spare: ShrinkTo frees it, and it serves a request
// that would fail without it.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("ShrinkTo frees a chunk that was passed by") {
  arena::MonotonicArena a({.min_buffer_size = 100});
  a.Alloc(60, 1);
  a.Reserve(5000);
  a.Reset();
  a.Alloc(1, 1);
  a.Reset();
  a.Reserve(200);  // passes the first chunk by
  a.Alloc(200, 1);
  CHECK(a.Stats().waste == 0);
  a.ShrinkTo(0);
  CHECK(a.Stats().buffers == 1);
  CHECK(FiguresAgree(a));
}

TEST_CASE("a request that leaves an unused window behind wastes nothing of it") {
  arena::MonotonicArena a(
      {.min_buffer_size = 200, .initial_buffer_count = 2, .max_buffer_size = 0});
  void* const block = a.Alloc(200, 1);
  REQUIRE(a.TryResize(block, 200, 0));
  for (int i = 0; i < 8; ++i) a.Alloc(200, 1);
  a.Reset();
  CHECK(a.Stats().waste == 0);
  CHECK(FiguresAgree(a));
}

TEST_CASE("below a limit a chunk that was passed by serves later requests") {
  CheckingResource upstream;
  constexpr std::size_t kLimit = 32768 + 100'000 + (2 << 20);
  arena::MonotonicArena a({.limit = kLimit, .upstream = &upstream});
  a.Alloc(32000);
  a.Reserve(100'000);
  a.Reset();
  a.Alloc(2 << 20);
  REQUIRE(a.TryAlloc(40'000) != nullptr);
  REQUIRE(a.TryAlloc(59'000) != nullptr);
  CHECK(a.TryAlloc(30'000) != nullptr);
  CHECK(a.Cap() <= kLimit);
  CHECK(FiguresAgree(a));
}

TEST_CASE("at a limit every chunk that holds a request serves it, the small ones in front too") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 240, .limit = 240 + 5008, .upstream = &upstream});
  a.Reserve(5000);
  a.Alloc(1, 1);
  upstream.FailFrom(1);
  CHECK(a.TryAlloc(5000, 1) != nullptr);
  CHECK(a.TryAlloc(240, 1) != nullptr);
  CHECK(a.TryAlloc(240, 1) == nullptr);
}
