// SPDX-License-Identifier: Apache-2.0
//
// InlineArena<N>: the first N bytes are inside the object.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena_test::AddressOf;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

namespace {

template <std::size_t N>
void CheckInlineArena() {
  CAPTURE(N);
  CheckingResource upstream;
  {
    arena::InlineArena<N> a({.upstream = &upstream});
    CHECK(a.Cap() == N);
    CHECK(a.Stats().buffers == 1);
    CHECK(a.Stats().waste == N % 16);
    constexpr std::size_t kUsable = N - N % 16;
    if constexpr (kUsable != 0) {
      void* block = a.Alloc(kUsable, 16);
      CHECK(AddressOf(block) >= AddressOf(&a));
      CHECK(AddressOf(block) + kUsable <= AddressOf(&a + 1));
      arena_test::Fill(block, kUsable, N);
      CHECK(a.Len() == kUsable);
    }
    CHECK(upstream.Calls() == 0);
    void* outside = a.Alloc(100, 1);
    CHECK(upstream.Holds(outside, 100));
    CHECK(a.Cap() == N + 32768);
    CHECK(FiguresAgree(a));
    a.Release();
    CHECK(a.Cap() == N);
    CHECK(upstream.LiveBlocks() == 0);
  }
  CHECK(upstream.Check() == "");
}

}  // namespace

TEST_CASE("an inline arena starts with N bytes, all of them inside", "[inline][places]") {
  CheckInlineArena<1>();
  CheckInlineArena<15>();
  CheckInlineArena<16>();
  CheckInlineArena<17>();
  CheckInlineArena<100>();
  CheckInlineArena<1024>();
  CheckInlineArena<5000>();
}

TEST_CASE("an inline arena is an arena and a monotonic one", "[inline]") {
  STATIC_REQUIRE(std::is_base_of_v<arena::MonotonicArena, arena::InlineArena<64>>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::InlineArena<64>>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::InlineArena<64>>);
  STATIC_REQUIRE(sizeof(arena::InlineArena<1024>) <= 1024 + 512);
}

TEST_CASE("an inline arena takes the other options", "[inline]") {
  CheckingResource upstream;
  arena::InlineArena<128> a({.min_buffer_size = 1000,
                             .initial_buffer_count = 3,
                             .limit = 128 + 2000,
                             .upstream = &upstream});
  CHECK(a.Cap() == 128 + 2000);
  CHECK(upstream.LiveBlocks() == 2);
  CHECK(a.TryAlloc(5000, 1) == nullptr);
  CHECK_THROWS_AS(arena::InlineArena<128>({.limit = 127}), std::bad_alloc);
}

TEST_CASE("objects in an inline arena die while its storage lives", "[inline]") {
  arena_test::LifetimeLog log;
  {
    arena::InlineArena<256> a;
    for (int i = 0; i < 5; ++i) arena::Allocate<arena_test::Tracked>(a, i);
    CHECK(a.Cap() == 256);
    arena::Defer(a, [&] { CHECK(log.Live() == 5); });
  }
  CHECK(log.Check() == "");
  CHECK(log.Destructions() == 5);
}

TEST_CASE("an inline arena on the heap and through its base", "[inline]") {
  CheckingResource upstream;
  {
    const std::unique_ptr<arena::MonotonicArena> a = std::make_unique<arena::InlineArena<64>>(
        arena::MonotonicArenaOptions{.upstream = &upstream});
    arena::Allocate<std::string>(*a, "a string that needs memory of its own");
    for (int i = 0; i < 100; ++i) a->Alloc(100, 8);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("equal rounds start inside the object again", "[inline]") {
  CheckingResource upstream;
  arena::InlineArena<512> a({.upstream = &upstream});
  void* const first = a.Alloc(100, 8);
  for (int round = 0; round < 5; ++round) {
    a.Alloc(400, 8);
    a.Reset();
    CHECK(LiesAt(a.Alloc(100, 8), first));
  }
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("scopes work on an inline arena", "[inline]") {
  arena::InlineArena<512> a;
  a.Alloc(100, 1);
  {
    const arena::ArenaScope scope(a);
    a.Alloc(5000, 1);
  }
  CHECK(a.Len() == 100);
}
