// SPDX-License-Identifier: Apache-2.0
//
// A thread that ends leaves nothing behind but what it allocated: later threads go on with its window,
// so that an arena does not grow by the number of threads that it has seen.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("ten thousand short threads need hardly more than what they allocate", "[threads]") {
  constexpr std::size_t kThreads = 10000;
  constexpr std::size_t kAtOnce = 4;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  std::atomic<std::size_t> wrong = 0;
  for (std::size_t done = 0; done < kThreads; done += kAtOnce) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      threads.emplace_back([&a, &wrong] {
        auto* const text = static_cast<char*>(a.Alloc(32, 8));
        std::memset(text, 'x', 32);
        if (!a.AddCleanup({[](void* block) noexcept { *static_cast<char*>(block) = 'y'; }, text})) {
          ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(wrong == 0);
  CHECK(a.Len() == kThreads * 32);
  // The objects and their records, and what a few threads at once have in their windows.
  CHECK(base.Len() <= kThreads * (32 + 16) * 5 / 4 + kAtOnce * 32 * 1024 * 2);
  a.Reset();
  CHECK(a.Len() == 0);
}

TEST_CASE("what a thread did is seen by the one that goes on with its part", "[threads]") {
  // Nobody waits for the threads before the next ones are there: only the arena orders them.
  LifetimeLog log;
  arena::MonotonicArena base;
  {
    ThreadCachedArena a(base, {.first_window = 512, .window = 1024});
    constexpr int kThreads = 200;
    arena_test::Signal all_done;
    std::atomic<int> left = kThreads;
    for (int t = 0; t < kThreads; ++t) {
      std::thread([&, t] {
        switch (t % 5) {
          case 0:
            a.Alloc(24);
            break;
          case 1:
            arena::Allocate<Tracked>(a, t);
            break;
          case 2: {
            const ThreadCachedArena::Local local(a);
            arena::Allocate<std::string>(local, 50u, 'x');
            break;
          }
          case 3: {
            void* const block = a.Alloc(64);
            static_cast<void>(a.TryResize(block, 64, 8));
            break;
          }
          default:
            static_cast<void>(a.AddCleanup({[](void*) noexcept {}, &a}));
            static_cast<void>(a.DropCleanup(&a));
        }
        if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) all_done.Set();
      }).detach();
    }
    REQUIRE(all_done.Wait());
    CHECK(log.Live() == kThreads / 5);
    a.Reset();
    CHECK(log.Check() == "");
  }
}

TEST_CASE("two hundred threads at once that allocate a little take a little each", "[threads]") {
  constexpr std::size_t kThreads = 200;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  arena_test::MeetingPoint meeting(kThreads + 1);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      a.Alloc(100);
      meeting.Meet();
    });
  }
  meeting.Meet();
  for (std::thread& thread : threads) thread.join();
  CHECK(a.Len() >= kThreads * 100);
  CHECK(a.Cap() <= kThreads * 1200 + 64 * 1024);
  a.Reset();
  CHECK(a.Len() == 0);
}
