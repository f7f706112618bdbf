// SPDX-License-Identifier: Apache-2.0
//
// Cap is exact for any option value, every byte of it is usable, and it is there at once.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("a default arena holds 32768 bytes at once", "[monotonic]") {
  const arena::MonotonicArena a;
  CHECK(a.Cap() == 32768);
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == 0);
  CHECK(a.Stats().buffers == 1);
  CHECK(a.Stats().free == 32768);
}

TEST_CASE("three initial buffers of 100 bytes hold 300", "[monotonic]") {
  const arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 3});
  CHECK(a.Cap() == 300);
  CHECK(a.Stats().buffers == 3);
}

TEST_CASE("fresh capacity is the size times the count, whatever they are", "[monotonic]") {
  CheckingResource upstream({.hostile = true});
  for (const std::size_t size :
       {1u,    2u,    7u,    15u,   16u,   17u,   31u,    63u,    64u,    65u,     100u,    255u,
        1000u, 1024u, 4095u, 4096u, 4097u, 5000u, 32767u, 32768u, 32769u, 100001u, 1048576u}) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 8u}) {
      CAPTURE(size, count);
      const std::size_t calls = upstream.Calls();
      arena::MonotonicArena a(
          {.min_buffer_size = size, .initial_buffer_count = count, .upstream = &upstream});
      REQUIRE(a.Cap() == size * count);
      REQUIRE(a.Len() == 0);
      REQUIRE(a.Stats().buffers == count);
      REQUIRE(a.Stats().free == size * count);
      REQUIRE(upstream.Calls() == calls + count);
      // All of it can be had, byte for byte, without another call.
      for (std::size_t i = 0; i < count; ++i) arena_test::Fill(a.Alloc(size, 1), size, i);
      REQUIRE(a.Len() == size * count);
      REQUIRE(a.Cap() == size * count);
      REQUIRE(upstream.Calls() == calls + count);
      REQUIRE(FiguresAgree(a));
      a.Reset();
      REQUIRE(a.Cap() == size * count);
      a.Release();
      REQUIRE(a.Cap() == 0);
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("max_buffer_size has no say in the initial buffers", "[monotonic]") {
  for (const std::size_t max : {0u, 1u, 100u, 1048576u}) {
    CAPTURE(max);
    const arena::MonotonicArena a(
        {.min_buffer_size = 1000, .initial_buffer_count = 2, .max_buffer_size = max});
    CHECK(a.Cap() == 2000);
  }
}

TEST_CASE("an arena costs its first buffer to construct", "[monotonic]") {
  CheckingResource upstream;
  {
    const arena::MonotonicArena a({.upstream = &upstream});
    CHECK(upstream.Allocations() == 1);
    CHECK(upstream.LiveBytes() < 32768 + 512);
  }
  CHECK(upstream.Deallocations() == 1);
}

TEST_CASE("an arena object is small", "[monotonic]") {
  STATIC_REQUIRE(sizeof(arena::MonotonicArena) < 512);
}

TEST_CASE("without an upstream in the options, the default resource serves", "[monotonic]") {
  CheckingResource upstream;
  std::pmr::memory_resource* const before = std::pmr::set_default_resource(&upstream);
  {
    arena::MonotonicArena a;
    std::pmr::set_default_resource(before);
    CHECK(upstream.LiveBlocks() == 1);
    a.Alloc(100000, 1);  // the one that was the default at construction
    CHECK(upstream.LiveBlocks() == 2);
  }
  CHECK(upstream.Check() == "");
}
