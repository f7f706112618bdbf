// SPDX-License-Identifier: Apache-2.0
//
// A cleanup is refused only when its record fits nowhere: when upstream fails it goes into any spare
// that is there, an oversized one, too, and at the limit unused chunks make way for it.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

using arena_test::CheckingResource;

namespace {

constexpr arena::Cleanup Counting(int* calls) {
  return {[](void* object) noexcept { ++*static_cast<int*>(object); }, calls};
}

// So much that the window, of chunks of this size, is full without another chunk being taken.
void FillWindow(arena::MonotonicArena& a, std::size_t size) {
  const std::size_t cap = a.Cap();
  a.Alloc(size - arena::detail::kRedzone, 1);
  REQUIRE(a.Cap() == cap);
}

}  // namespace

TEST_CASE("when upstream fails a record goes into a spare behind many small ones") {
  constexpr std::size_t kSmall = 24;  // no room for a link and a record
  constexpr std::size_t kCount = 12;
  CheckingResource upstream;
  int calls = 0;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = kSmall, .initial_buffer_count = kCount, .upstream = &upstream});
    if (arena::detail::kRedzone >= kSmall) return;
    for (std::size_t i = 0; i < kCount; ++i) FillWindow(a, kSmall);
    a.Reserve(64);  // a chunk behind all others
    a.Reset();
    FillWindow(a, kSmall);
    upstream.FailFrom(1);
    REQUIRE(a.AddCleanup(Counting(&calls)));
    CHECK(upstream.Failures() > 0);
    CHECK(a.Len() == kSmall);
    a.Reset();
    CHECK(calls == 1);
  }
  CHECK(upstream.Check().empty());
}

TEST_CASE("at the limit an unused oversized chunk makes way for a record") {
  constexpr std::size_t kChunk = 64;
  constexpr std::size_t kLarge = 5000;
  std::size_t cap = 0;
  {
    arena::MonotonicArena unlimited({.min_buffer_size = kChunk, .max_buffer_size = 0});
    unlimited.Alloc(kLarge, 1);
    cap = unlimited.Cap();
  }
  CheckingResource upstream;
  int calls = 0;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = kChunk, .max_buffer_size = 0, .limit = cap, .upstream = &upstream});
    a.Alloc(kLarge, 1);
    REQUIRE(a.Cap() == cap);
    a.Reset();
    REQUIRE(a.Cap() == cap);
    FillWindow(a, kChunk);
    REQUIRE(a.AddCleanup(Counting(&calls)));
    CHECK(a.Cap() < cap);
    CHECK(a.Len() == kChunk);
    a.Reset();
    CHECK(calls == 1);
  }
  CHECK(upstream.Check().empty());
}

TEST_CASE("when upstream fails records go into an oversized spare") {
  constexpr std::size_t kChunk = 64;
  constexpr std::size_t kLarge = 5120;
  CheckingResource upstream;
  int calls = 0;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = kChunk, .max_buffer_size = 0, .upstream = &upstream});
    a.Alloc(kLarge - arena::detail::kRedzone, 1);
    a.Reset();
    const std::size_t cap = a.Cap();
    FillWindow(a, kChunk);
    upstream.FailFrom(1);
    REQUIRE(a.AddCleanup(Counting(&calls)));
    CHECK(upstream.Failures() > 0);
    arena::ArenaStats stats = a.Stats();
    CHECK(stats.len == kChunk);
    CHECK(stats.records == 32);  // with the link
    CHECK(stats.waste == kLarge - 32);
    CHECK(stats.free == 0);
    // More of them in the same one, also in a scope.
    {
      const arena::ArenaScope scope(a);
      REQUIRE(a.AddCleanup(Counting(&calls)));
      CHECK(a.Stats().records == 48);
      CHECK(a.Stats().waste == kLarge - 48);
    }
    CHECK(calls == 1);
    stats = a.Stats();
    CHECK(stats.records == 32);
    CHECK(stats.waste == kLarge - 32);
    for (int i = 0; i < 14; ++i) REQUIRE(a.AddCleanup(Counting(&calls)));
    CHECK_FALSE(a.AddCleanup(Counting(&calls)));  // 16 in all
    CHECK(a.Cap() == cap);
    a.Reset();
    CHECK(calls == 16);
    CHECK(a.Stats().records == 0);
    CHECK(a.Stats().waste == 0);
    CHECK(a.TryAlloc(kLarge - arena::detail::kRedzone, 1) != nullptr);
  }
  CHECK(upstream.Check().empty());
}

TEST_CASE("a scope may find room for its records in an oversized spare") {
  constexpr std::size_t kChunk = 64;
  CheckingResource upstream;
  int calls = 0;
  arena::MonotonicArena a({.min_buffer_size = kChunk, .max_buffer_size = 0, .upstream = &upstream});
  a.Alloc(5000, 1);
  a.Reset();
  FillWindow(a, kChunk);
  upstream.FailFrom(1);
  for (int round = 1; round <= 3; ++round) {
    const arena::ArenaStats before = a.Stats();
    {
      const arena::ArenaScope scope(a);
      REQUIRE(a.AddCleanup(Counting(&calls)));
      REQUIRE(a.AddCleanup(Counting(&calls)));
    }
    CHECK(calls == 2 * round);
    CHECK(a.Stats().records == before.records);
    CHECK(a.Stats().waste == before.waste);
    CHECK(a.Stats().free == before.free);
  }
}

TEST_CASE("a small oversized spare has room for few records") {
  constexpr std::size_t kChunk = 64;
  constexpr std::size_t kLarge = 128;
  CheckingResource upstream;
  int calls = 0;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = kChunk, .max_buffer_size = 0, .upstream = &upstream});
    a.Alloc(kLarge - arena::detail::kRedzone, 1);
    a.Reset();
    REQUIRE(a.Cap() == kChunk + kLarge);
    FillWindow(a, kChunk);
    upstream.FailFrom(1);
    for (int i = 0; i < 7; ++i) REQUIRE(a.AddCleanup(Counting(&calls)));
    CHECK_FALSE(a.AddCleanup(Counting(&calls)));
    CHECK(a.Stats().records == kLarge);
  }
  CHECK(calls == 7);
  CHECK(upstream.Check().empty());
}
