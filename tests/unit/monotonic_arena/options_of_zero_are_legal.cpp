// SPDX-License-Identifier: Apache-2.0
//
// 0 is legal for every option, and the arena still allocates.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::Fill;

TEST_CASE("with no initial buffer, an arena takes its first one when it needs it", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
    CHECK(a.Cap() == 0);
    CHECK(a.Stats().buffers == 0);
    CHECK(upstream.Calls() == 0);
    Fill(a.Alloc(1, 1), 1, 1);
    CHECK(a.Cap() == 32768);
    CHECK(a.Len() == 1);
    CHECK(upstream.Calls() == 1);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("with a minimum of 0, buffers have 1024 bytes", "[monotonic]") {
  CheckingResource upstream;
  const std::size_t count = GENERATE(as<std::size_t>{}, 0, 1, 5);
  arena::MonotonicArena a(
      {.min_buffer_size = 0, .initial_buffer_count = count, .upstream = &upstream});
  CHECK(a.Cap() == 0);
  CHECK(upstream.Calls() == 0);
  for (std::size_t i = 1; i <= 8; ++i) {
    Fill(a.Alloc(1000, 1), 1000, i);
    CHECK(a.Cap() == 1024 * i);
    CHECK(a.Stats().buffers == i);
    CHECK(FiguresAgree(a));
  }
}

TEST_CASE("with a minimum of 0, buffers grow as others do", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 0, .initial_buffer_count = 0});
  for (int i = 0; i < 16; ++i) a.Alloc(1024, 1);
  CHECK(a.Cap() > 16 * 1024);  // an eighth of 9 KiB is more than 1024
  CHECK(FiguresAgree(a));
}

TEST_CASE("with a maximum of 0, buffers stay at the minimum", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .max_buffer_size = 0});
  for (std::size_t i = 1; i <= 50; ++i) {
    a.Alloc(100, 1);
    REQUIRE(a.Cap() == 100 * i);
  }
}

TEST_CASE("with a limit of 0, an arena is legal and always full", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .limit = 0, .upstream = &upstream});
  CHECK(a.TryAlloc(1, 1) == nullptr);
  CHECK_THROWS_AS(a.Alloc(1, 1), std::bad_alloc);
  CHECK_THROWS_AS(a.Reserve(1), std::bad_alloc);
  a.Reserve(0);
  a.Reset();
  a.Release();
  a.ShrinkTo(0);
  CHECK(a.Cap() == 0);
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("buffers of one byte serve", "[monotonic]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 1, .initial_buffer_count = 2, .upstream = &upstream});
    CHECK(a.Cap() == 2);
    a.Alloc(1, 1);
    a.Alloc(1, 1);
    CHECK(a.Cap() == 2);
    a.Alloc(1, 1);
    CHECK(a.Cap() == 2 + 64);  // every later buffer has at least 64 bytes
    CHECK(a.Stats().buffers == 3);
    for (std::size_t i = 0; i < 1000; ++i) Fill(a.Alloc(i % 70 + 1, 1), i % 70 + 1, i);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}
