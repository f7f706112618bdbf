// SPDX-License-Identifier: Apache-2.0
//
// The figures that users of the library's ancestor know, all in one place.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;

TEST_CASE("Cap is known at once: 32768 by default, 300 for three buffers of 100", "[monotonic]") {
  CHECK(arena::MonotonicArena().Cap() == 32768);
  CHECK(arena::MonotonicArena({.min_buffer_size = 100, .initial_buffer_count = 3}).Cap() == 300);
}

TEST_CASE("Len is the sum of what was asked for", "[monotonic]") {
  arena::MonotonicArena a;
  a.Alloc(100, 1);
  CHECK(a.Len() == 100);
  a.Alloc(200, 1);
  CHECK(a.Len() == 300);
  CHECK(a.Cap() == 32768);
}

TEST_CASE("Peak survives Reset and Release, and rises only above its old height", "[monotonic]") {
  arena::MonotonicArena a;
  a.Alloc(500, 1);
  a.Reset();
  CHECK(a.Peak() == 500);
  CHECK(a.Len() == 0);
  a.Alloc(499, 1);
  CHECK(a.Peak() == 500);
  a.Alloc(2, 1);
  CHECK(a.Peak() == 501);
  a.Release();
  CHECK(a.Peak() == 501);
  a.Reset();
  CHECK(a.Peak() == 501);
  a.Alloc(100000, 1);
  CHECK(a.Peak() == 100000);
}

TEST_CASE("after Reset the first block has the first address again", "[monotonic][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* const first = a.Alloc(100, 8);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 1000; ++i) a.Alloc(100, 8);
    a.Reset();
    CHECK(a.Alloc(100, 8) == first);
  }
}

TEST_CASE("equal rounds call upstream in the first one only", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  const auto cycle = [&a] {
    for (std::size_t i = 0; i < 1000; ++i) a.Alloc(i * 7 % 5000 + 1, 8);
    a.Reset();
  };
  cycle();
  const std::size_t calls = upstream.Calls();
  const std::size_t cap = a.Cap();
  for (int i = 0; i < 10; ++i) cycle();
  CHECK(upstream.Calls() == calls);
  CHECK(a.Cap() == cap);
}

TEST_CASE("Release leaves nothing, and the arena usable", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  a.Alloc(100000, 1);
  a.Release();
  CHECK(a.Len() == 0);
  CHECK(a.Cap() == 0);
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(a.Alloc(100, 1) != nullptr);
  CHECK(a.Len() == 100);
  CHECK(a.Cap() == 32768);
}

TEST_CASE("a failed request changes nothing", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .limit = 100});
  a.Alloc(60, 1);
  const std::string before = Figures(a);
  CHECK_THROWS_AS(a.Alloc(41, 1), std::bad_alloc);
  CHECK(a.TryAlloc(1000, 1) == nullptr);
  CHECK(Figures(a) == before);
  CHECK(a.Peak() == 60);
  CHECK(a.TryAlloc(40, 1) != nullptr);
}

TEST_CASE("three blocks of 60 in three buffers of 100 leave Cap at 300", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 3});
  for (int i = 0; i < 3; ++i) a.Alloc(60, 1);
  CHECK(a.Cap() == 300);
  CHECK(a.Len() == 180);
}
