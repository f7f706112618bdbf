// SPDX-License-Identifier: Apache-2.0
//
// The next ordinary buffer is max(min_buffer_size, min(W / 8, max_buffer_size)), W being the bytes
// of the window's buffers.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

namespace {

std::size_t NextSize(std::size_t min, std::size_t max, std::size_t window_bytes) {
  return std::max(min, std::min(window_bytes / 8, max));
}

// Allocates bytes until Cap grows; returns by how much.
std::size_t FillUntilGrowth(arena::MonotonicArena& a) {
  const std::size_t cap = a.Cap();
  while (a.Cap() == cap) {
    a.Alloc(1, 1);
    const std::size_t free = a.Stats().free;
    if (free != 0) a.Alloc(std::min<std::size_t>(free, 64), 1);
  }
  return a.Cap() - cap;
}

}  // namespace

TEST_CASE("buffers grow with the arena, to an eighth of it, up to the maximum", "[monotonic]") {
  struct Sizes {
    std::size_t min, max;
  };
  for (const auto [min, max] : {Sizes{1024, 64 * 1024}, Sizes{100, 1000}, Sizes{64, 4096},
                                Sizes{1000, 999}, Sizes{4096, 4097}, Sizes{777, 1 << 20}}) {
    CheckingResource upstream;
    arena::MonotonicArena a(
        {.min_buffer_size = min, .max_buffer_size = max, .upstream = &upstream});
    std::size_t window_bytes = min;
    for (int i = 0; i < 60; ++i) {
      CAPTURE(min, max, window_bytes);
      const std::size_t grown = FillUntilGrowth(a);
      REQUIRE(grown == NextSize(min, max, window_bytes));
      window_bytes += grown;
      REQUIRE(a.Cap() == window_bytes);
    }
    CHECK(a.Stats().waste == 0);
    CHECK(FiguresAgree(a));
  }
}

TEST_CASE("a small arena's buffers are all of the minimum", "[monotonic]") {
  arena::MonotonicArena a;
  for (std::size_t i = 2; i <= 9; ++i) CHECK(FillUntilGrowth(a) == 32768);
  CHECK(FillUntilGrowth(a) == 32768 + 4096);  // an eighth of nine times 32768
}

TEST_CASE("at most an eighth of a large arena is ahead of its use", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  bool never_more = true;
  for (int i = 0; i < 200000; ++i) {
    a.Alloc(24, 8);
    never_more = never_more && a.Stats().free <= std::max<std::size_t>(1024, a.Cap() / 8);
  }
  CHECK(never_more);
}

TEST_CASE("the number of buffers grows with the logarithm of the arena", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  std::vector<std::size_t> buffers;  // at each doubling of Len
  for (std::size_t target = 32 * 1024; target <= 8u << 20; target *= 2) {
    while (a.Len() < target) a.Alloc(64, 1);
    buffers.push_back(a.Stats().buffers);
  }
  // Growth by an eighth doubles in about six steps; constant buffers would make 8192.
  for (std::size_t i = 1; i < buffers.size(); ++i) CHECK(buffers[i] - buffers[i - 1] <= 7);
  CHECK(buffers.back() < 80);
}

TEST_CASE("beyond eight times the maximum there is one buffer more per maximum", "[monotonic]") {
  arena::MonotonicArena a({.min_buffer_size = 1024, .max_buffer_size = 16 * 1024});
  while (a.Cap() < 9 * 16 * 1024) a.Alloc(64, 1);
  const std::size_t buffers = a.Stats().buffers;
  const std::size_t cap = a.Cap();
  while (a.Cap() < cap + 100 * 16 * 1024) a.Alloc(64, 1);
  CHECK(a.Stats().buffers == buffers + 100);
}

TEST_CASE("the caller's buffer and Reserve's count for growth, oversized ones do not",
          "[monotonic]") {
  SECTION("the caller's") {
    std::vector<std::byte> storage(800000);
    arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer = storage});
    a.Alloc(799000, 1);
    CHECK(FillUntilGrowth(a) == 100000);
  }
  SECTION("Reserve's") {
    arena::MonotonicArena a({.min_buffer_size = 1000});
    a.Reserve(799008);  // a multiple of 16
    CHECK(a.Cap() == 800008);
    a.Alloc(799008, 1);
    a.Alloc(1000, 1);  // the first buffer, which lies behind Reserve's
    CHECK(a.Cap() == 800008);
    CHECK(FillUntilGrowth(a) == 100001);
  }
  SECTION("oversized ones") {
    arena::MonotonicArena a({.min_buffer_size = 1000});
    a.Alloc(800000, 1);
    CHECK(FillUntilGrowth(a) == 1000);
  }
}

TEST_CASE("buffers that were kept grow the arena no faster", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
  for (int i = 0; i < 2000; ++i) a.Alloc(64, 1);
  const std::size_t cap = a.Cap();
  const std::size_t calls = upstream.Calls();
  a.Reset();
  for (int i = 0; i < 2000; ++i) a.Alloc(64, 1);
  CHECK(a.Cap() == cap);
  CHECK(upstream.Calls() == calls);
}
