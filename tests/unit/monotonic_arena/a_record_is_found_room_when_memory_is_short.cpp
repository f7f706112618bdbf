// SPDX-License-Identifier: Apache-2.0
//
// A cleanup is refused only when its record fits nowhere: when upstream fails it goes into any spare
// that is there, and at the limit unused chunks make way for it.
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
