// SPDX-License-Identifier: Apache-2.0
//
// Cleanups run on the thread that resets: those of one thread newest first, the threads one after the
// other; without the lock, so that they may use the arena, also that of a part that has ended.
#include <arena/arena.hpp>
#include <cstddef>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena::Defer;
using arena::ThreadCachedArena;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::MeetingPoint;
using arena_test::Tracked;

TEST_CASE("of one thread the newest dies first, and no two threads are mixed", "[threads]") {
  constexpr int kThreads = 4;
  constexpr int kObjects = 200;
  LifetimeLog log;
  arena::MonotonicArena base;
  ThreadCachedArena a(base, {.first_window = 0, .window = 2048});
  MeetingPoint meeting(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kObjects; ++i) {
        if (i % 3 == 0) {
          const ThreadCachedArena::Local local(a);
          arena::Allocate<Tracked>(local, t * kObjects + i);
        } else {
          arena::Allocate<Tracked>(a, t * kObjects + i);
        }
        if (i % 4 == 0) a.Alloc(50);
      }
      meeting.Meet();
    });
  }
  for (std::thread& thread : threads) thread.join();
  a.Reset();
  REQUIRE(log.Check() == "");
  const std::vector<int> deaths = log.Deaths();
  REQUIRE(deaths.size() == kThreads * kObjects);
  for (std::size_t i = 0; i < deaths.size(); ++i) {
    if (i % kObjects == 0) {
      CHECK(deaths[i] % kObjects == kObjects - 1);
    } else {
      REQUIRE(deaths[i] == deaths[i - 1] - 1);
    }
  }
}

TEST_CASE("cleanups allocate and register through the arena", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  int calls = 0;
  {
    arena::MonotonicArena base({.min_buffer_size = 1024, .upstream = &upstream});
    ThreadCachedArena a(base, {.first_window = 0, .window = 1024});
    const auto fill = [&] {
      for (int i = 0; i < 20; ++i) {
        arena::Allocate<Tracked>(a, i);
        Defer(a, [&] {
          ++calls;
          a.Alloc(100);
          arena::Allocate<Tracked>(a, 100);
          Defer(a, [&] {
            ++calls;
            const ThreadCachedArena::Local local(a);
            arena::Allocate<Tracked>(local, 101);
          });
        });
      }
    };
    // This thread's part is the first or the last to end, or there is none.
    const bool before = GENERATE(true, false);
    const bool after = GENERATE(true, false);
    if (before) fill();
    std::thread other(fill);
    other.join();
    if (after) fill();
    SECTION("at Reset") { a.Reset(); }
    SECTION("at Release") {
      a.Release();
      CHECK(base.Cap() == 0);
    }
    SECTION("at Reset of the base") { base.Reset(); }
    CHECK(a.Len() == 0);
    CHECK(calls == 40 * (1 + int{before} + int{after}));
    CHECK(log.Check() == "");
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("a cleanup is taken back by who registered it, and by nobody else", "[threads]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  int calls = 0;
  const arena::Cleanup cleanup{[](void* count) noexcept { ++*static_cast<int*>(count); }, &calls};
  REQUIRE(a.AddCleanup(cleanup));
  std::thread other([&] {
    CHECK_FALSE(a.DropCleanup(&calls));
    a.Alloc(1);
    CHECK_FALSE(a.DropCleanup(&calls));
  });
  other.join();
  CHECK(a.DropCleanup(&calls));
  CHECK_FALSE(a.DropCleanup(&calls));
  a.Reset();
  CHECK(calls == 0);
}

TEST_CASE("neighbours of one type share a record", "[places]") {
  struct Closing {
    ~Closing() { ++*count; }
    int* count;
  };
  int count = 0;
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  ThreadCachedArena a(base, {.first_window = 8192});
  const std::size_t before = base.Len();
  for (int i = 0; i < 800; ++i) arena::Allocate<Closing>(a, &count);
  // The part and one window: with a record each they would not fit.
  CHECK(base.Len() - before <= 1024 + 8192);
  a.Reset();
  CHECK(count == 800);
}
