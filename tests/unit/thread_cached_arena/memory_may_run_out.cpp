// SPDX-License-Identifier: Apache-2.0
//
// Where the base has little left, threads take smaller windows, then what they need, then fail; a
// request that fails changes nothing, whichever of its steps it was that failed.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a limit is used up although memory is stranded with other threads", "[threads]") {
  constexpr std::size_t kLimit = 256 * 1024;
  constexpr std::size_t kOthers = 4;
  CheckingResource upstream;
  {
    arena::MonotonicArena base({.min_buffer_size = 4096, .limit = kLimit, .upstream = &upstream});
    ThreadCachedArena a(base, {.first_window = 4096});
    arena_test::MeetingPoint meeting(kOthers + 1);
    std::vector<std::thread> others;
    for (std::size_t t = 0; t < kOthers; ++t) {
      others.emplace_back([&] {
        a.Alloc(1);
        meeting.Meet();
        meeting.Meet();
      });
    }
    meeting.Meet();
    std::size_t blocks = 0;
    while (void* const block = a.TryAlloc(48, 16)) {
      std::memset(block, 1, 48);
      ++blocks;
    }
    // All but what the others hold, and a little at the ends of windows and chunks.
    CHECK(blocks * 48 >= kLimit - kOthers * 4096 - kLimit / 8);
    const std::size_t len = a.Len();
    CHECK(a.TryAlloc(48, 16) == nullptr);
    CHECK_THROWS_AS(a.Alloc(48, 16), std::bad_alloc);
    CHECK_THROWS_AS(a.Alloc(1 << 20, 16), std::bad_alloc);
    CHECK(a.Len() == len);
    CHECK(a.Peak() == len);
    CHECK(a.Cap() <= kLimit);
    // The others still have theirs.
    meeting.Meet();
    for (std::thread& thread : others) thread.join();
    a.Reset();
    CHECK(a.TryAlloc(48, 16) != nullptr);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("windows are halved while memory is short, not made as small as can be") {
  arena::MonotonicArena memory({.min_buffer_size = 60 * 1024, .limit = 60 * 1024});
  arena_test::LoggingArena base(memory);
  ThreadCachedArena a(base);
  std::size_t blocks = 0;
  while (a.TryAlloc(24, 8) != nullptr) ++blocks;
  CHECK(blocks * 24 >= 56 * 1024);
  CHECK(base.GetLog().allocations <= 25);
}

TEST_CASE("a limit below a part is served from the base", "[threads]") {
  LifetimeLog log;
  alignas(16) std::byte storage[256];
  arena::MonotonicArena base(
      {.min_buffer_size = 0, .limit = sizeof(storage), .initial_buffer = storage});
  ThreadCachedArena a(base);
  arena::Allocate<Tracked>(a, 1);
  CHECK(a.Len() == sizeof(Tracked));
  {
    const ThreadCachedArena::Local local(a);
    arena::Allocate<Tracked>(local, 2);
    CHECK(&*local == &a);
  }
  std::thread other([&a] { arena::Allocate<Tracked>(a, 3); });
  other.join();
  CHECK(a.Len() == 3 * sizeof(Tracked));
  CHECK(a.Len() == base.Len());
  CHECK(a.TryAlloc(1000) == nullptr);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{3, 2, 1});
  CHECK(log.Check() == "");
}

TEST_CASE("the base forgets a block that was meant for a part") {
  // There is memory for the part, but not for its record, nor can the base take the block back.
  CheckingResource upstream;
  arena::MonotonicArena base(
      {.min_buffer_size = 163, .initial_buffer_count = 0, .upstream = &upstream});
  ThreadCachedArena a(base, {.first_window = 0});
  upstream.FailFrom(2);
  CHECK(a.TryAlloc(24, 8) == nullptr);
  CHECK(base.Len() > 0);
  CHECK(a.Len() == 0);
  base.Release();
  CHECK(a.Len() == 0);
  upstream.FailNever();
  a.Alloc(24, 8);
  CHECK(a.Len() == 24);
  a.Alloc(100000, 8);  // not in a window
  CHECK(a.Len() == 100024);
  CHECK(a.Peak() == 100024);
}

TEST_CASE("the end of a scope frees a block that was meant for a part", "[places]") {
  // However little memory there is: for nothing, for a part but not for its record, for both.
  int meant_for_a_part = 0;
  for (std::size_t limit = 512; limit < 2048; limit += 16) {
    CAPTURE(limit);
    arena::MonotonicArena base({.min_buffer_size = 256, .initial_buffer_count = 0, .limit = limit});
    base.Alloc(240, 16);
    ThreadCachedArena a(base, {.first_window = 0});
    for (int round = 0; round < 2; ++round) {
      const arena::ArenaScope scope(base);
      const bool served = a.TryAlloc(96, 16) != nullptr;
      if (!served && base.Len() > 240) ++meant_for_a_part;
      if (!served) REQUIRE(a.Len() == 240);
    }
    REQUIRE(base.Len() == 240);
    REQUIRE(a.Len() == 240);
    static_cast<void>(a.TryAlloc(1, 1));
    REQUIRE(a.Len() <= 241);
  }
  CHECK(meant_for_a_part > 0);
}

TEST_CASE("padding before a block that was meant for a part is not in Len") {
  // For a byte, padding and the part, and not for the two records that follow.
  using Part = arena::detail::ThreadParts<std::mutex>::Part;
  alignas(64) std::byte storage[64 + arena::detail::WindowSizes::MinFor(Part::MinSize()) + 16];
  arena::MonotonicArena base(
      {.min_buffer_size = 0, .limit = sizeof(storage), .initial_buffer = storage});
  base.Alloc(1, 1);
  ThreadCachedArena a(base, {.first_window = 0});
  {
    const ThreadCachedArena::Local local(a);
    CHECK(&*local == &a);
  }
  CHECK(a.Len() == 1);
}

TEST_CASE("an upstream that fails at the n-th call leaves all as it was") {
  // The same program for every n: what it was given before stays intact, what it is refused leaves
  // the figures alone, and a later round is complete.
  bool failed = true;
  for (std::size_t n = 1; failed; ++n) {
    failed = false;
    for (const bool for_good : {false, true}) {
      CAPTURE(n, for_good);
      CheckingResource upstream;
      LifetimeLog log;
      {
        arena::MonotonicArena base(
            {.min_buffer_size = 256, .initial_buffer_count = 0, .upstream = &upstream});
        ThreadCachedArena a(base, {.first_window = 0, .window = 2048, .max_window = 4096});
        for_good ? upstream.FailFrom(n) : upstream.FailAt(n);
        std::size_t made = 0;
        std::size_t refused = 0;
        const auto attempt = [&](std::size_t size, std::size_t alignment) {
          const std::size_t len = a.Len();
          const std::size_t peak = a.Peak();
          if (a.TryAlloc(size, alignment) != nullptr) return;
          ++refused;
          REQUIRE(a.Len() == len);
          REQUIRE(a.Peak() == peak);
        };
        // An object whose record is refused leaves the padding before it.
        const auto attempt_object = [&](arena::Arena& either, int id) {
          const std::size_t len = a.Len();
          if (arena::TryAllocate<Tracked>(either, id) != nullptr) {
            ++made;
          } else {
            ++refused;
            REQUIRE(a.Len() < len + alignof(Tracked));
          }
        };
        for (int i = 0; i < 120; ++i) {
          attempt_object(a, i);
          attempt(70, 8);
          if (i % 10 == 0) attempt(3000, 64);
          if (i % 16 == 0) {
            const ThreadCachedArena::Local local(a);
            attempt_object(local, i);
          }
        }
        failed = failed || upstream.Failures() > 0;
        REQUIRE((for_good || refused <= 1));
        REQUIRE(log.Live() == made);
        upstream.FailNever();
        a.Reset();
        REQUIRE(log.Check() == "");
        for (int i = 0; i < 120; ++i) arena::Allocate<Tracked>(a, i);
        REQUIRE(log.Live() == 120);
        REQUIRE(a.Len() == 120 * sizeof(Tracked));
      }
      REQUIRE(log.Check() == "");
      REQUIRE(upstream.Check() == "");
    }
    REQUIRE((failed || n > 10));
  }
}
