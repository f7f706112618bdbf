// SPDX-License-Identifier: Apache-2.0
//
// TryResize grows, shrinks and takes back the last block of the window, in place.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::Fill;
using arena_test::StillHolds;

TEST_CASE("TryResize grows the last block to the end of the window and no further",
          "[raw][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
  a.Alloc(24, 1);
  void* block = a.Alloc(100, 1);
  Fill(block, 100, 1);
  REQUIRE(a.TryResize(block, 100, 200));
  CHECK(a.Len() == 224);
  CHECK(StillHolds(block, 100, 1));
  REQUIRE(a.TryResize(block, 200, 1000));
  Fill(block, 1000, 2);
  CHECK(a.Len() == 1024);
  CHECK(a.Peak() == 1024);
  CHECK_FALSE(a.TryResize(block, 1000, 1001));
  CHECK(a.Len() == 1024);
  CHECK(StillHolds(block, 1000, 2));
}

TEST_CASE("TryResize shrinks the last block, and the next one follows it", "[raw][places]") {
  arena::MonotonicArena a;
  void* block = a.Alloc(100, 1);
  Fill(block, 100, 1);
  REQUIRE(a.TryResize(block, 100, 10));
  CHECK(a.Len() == 10);
  CHECK(a.Peak() == 100);  // it keeps the old height
  void* next = a.Alloc(20, 1);
  CHECK(next == At(block, 10));
  Fill(next, 20, 2);
  CHECK(StillHolds(block, 10, 1));
}

TEST_CASE("TryResize to the same size says whether the block is the last one", "[raw]") {
  arena::MonotonicArena a;
  void* block = a.Alloc(100, 1);
  CHECK(a.TryResize(block, 100, 100));
  CHECK(a.Len() == 100);
  a.Alloc(1, 1);
  CHECK_FALSE(a.TryResize(block, 100, 100));
}

TEST_CASE("TryResize to 0 takes the block back", "[raw][places]") {
  arena::MonotonicArena a;
  void* first = a.Alloc(50, 1);
  void* block = a.Alloc(100, 1);
  REQUIRE(a.TryResize(block, 100, 0));
  CHECK(a.Len() == 50);
  CHECK(a.Peak() == 150);
  SECTION("once") { CHECK_FALSE(a.TryResize(block, 100, 0)); }
  SECTION("and then the one before is the last") {
    REQUIRE(a.TryResize(first, 50, 0));
    CHECK(a.Len() == 0);
    CHECK(a.Alloc(100, 1) == first);
  }
}

TEST_CASE("shrinking gives back the size, not the padding", "[raw]") {
  arena::MonotonicArena a;
  a.Alloc(1, 1);
  void* block = a.Alloc(64, 64);
  const std::size_t len = a.Len();
  CHECK(len > 65);
  REQUIRE(a.TryResize(block, 64, 1));
  CHECK(a.Len() == len - 63);
  REQUIRE(a.TryResize(block, 1, 0));
  CHECK(a.Len() == len - 64);
}

TEST_CASE("growing after shrinking finds the memory again", "[raw][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* block = a.Alloc(8, 8);
  std::size_t size = 8;
  for (std::size_t step = 1; step < 500; ++step) {
    const std::size_t next = step % 3 == 0 ? size / 2 + 1 : size + step * 37 % 100;
    CAPTURE(step, size, next);
    REQUIRE(a.TryResize(block, size, next));
    Fill(block, next, step);
    size = next;
    REQUIRE(a.Len() == size);
    REQUIRE(FiguresAgree(a));
  }
}

TEST_CASE("TryResize works in every buffer that the window comes to", "[raw][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 200, .upstream = &upstream});
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    void* block = a.Alloc(120, 1);
    CHECK(a.Len() == 200 * i + 120);
    REQUIRE(a.TryResize(block, 120, 200));
    CHECK(a.Len() == 200 * (i + 1));
    CHECK_FALSE(a.TryResize(block, 200, 201));
  }
  CHECK(a.Cap() == 1600);
}

TEST_CASE("TryResize works through a decorator", "[raw][places]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  void* block = shared.Alloc(100, 1);
  CHECK(shared.TryResize(block, 100, 300));
  CHECK(base.Len() == 300);
  CHECK(shared.TryResize(block, 300, 0));
  CHECK(shared.Len() == 0);
  CHECK_FALSE(shared.TryResize(block, 300, 0));
}
