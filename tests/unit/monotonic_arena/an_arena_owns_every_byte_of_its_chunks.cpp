// SPDX-License-Identifier: Apache-2.0
//
// Owns tells whether a pointer points into memory that the arena holds.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>

#include "support/catch.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;

TEST_CASE("an arena owns every byte of its buffers, handed out or not", "[monotonic][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1000});
  void* block = a.Alloc(100, 1);
  bool all = true;
  for (std::size_t i = 0; i < 1000; ++i) all = all && a.Owns(At(block, i));
  CHECK(all);
  CHECK_FALSE(a.Owns(At(block, 1000)));
  a.Reset();
  CHECK(a.Owns(block));
}

TEST_CASE("an arena owns what lies in buffers it has left and in oversized ones",
          "[monotonic][places]") {
  arena::MonotonicArena a({.min_buffer_size = 100});
  void* left = a.Alloc(90, 1);
  void* current = a.Alloc(90, 1);
  void* aside = a.Alloc(5000, 1);
  CHECK(a.Owns(left));
  CHECK(a.Owns(current));
  CHECK(a.Owns(aside));
  CHECK(a.Owns(At(aside, 4999)));
  CHECK(a.Owns(At(aside, 5119)));
  CHECK_FALSE(a.Owns(At(aside, 5120)));
}

TEST_CASE("an arena owns nothing of anybody else's", "[monotonic]") {
  arena::MonotonicArena a;
  arena::MonotonicArena b;
  arena::MonotonicArena empty({.initial_buffer_count = 0});
  int local = 0;
  CHECK_FALSE(a.Owns(b.Alloc(1, 1)));
  CHECK_FALSE(b.Owns(a.Alloc(1, 1)));
  CHECK_FALSE(a.Owns(&local));
  CHECK_FALSE(a.Owns(&a));
  CHECK_FALSE(a.Owns(nullptr));
  CHECK_FALSE(empty.Owns(nullptr));
  CHECK_FALSE(empty.Owns(&local));
  CHECK_FALSE(a.Owns(a.Alloc(0, 1)));
}

TEST_CASE("an arena owns the caller's buffer to its last byte, and not its surroundings",
          "[monotonic]") {
  alignas(16) std::byte storage[128];
  arena::MonotonicArena a({.initial_buffer = std::span(storage).subspan(3, 100)});
  CHECK_FALSE(a.Owns(storage + 2));
  CHECK(a.Owns(storage + 3));
  CHECK(a.Owns(storage + 102));  // in the unaligned end
  CHECK_FALSE(a.Owns(storage + 103));
  a.Release();
  CHECK(a.Owns(storage + 3));
}

TEST_CASE("an arena owns no more what it has given back", "[monotonic][places]") {
  alignas(16) std::byte storage[1024];
  arena::MonotonicArena upstream(
      {.initial_buffer_count = 0, .limit = sizeof storage, .initial_buffer = storage});
  arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
  void* block = a.Alloc(100, 1);
  CHECK(a.Owns(block));
  CHECK(upstream.Owns(block));
  SECTION("by Release") { a.Release(); }
  SECTION("by ShrinkTo") {
    a.Reset();
    a.ShrinkTo(0);
  }
  CHECK_FALSE(a.Owns(block));
  CHECK(upstream.Owns(block));
}
