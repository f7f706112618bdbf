// SPDX-License-Identifier: Apache-2.0
//
// Whatever makes the base forget its memory runs the cleanups of all threads before, whoever is asked
// and whichever object ends first; and the arena is usable afterwards.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

constexpr int kThreads = 3;
constexpr int kObjects = 40;

// Fills the arena from several threads that live at the same time, and from this one.
void Fill(arena::Arena& a) {
  arena_test::MeetingPoint meeting(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&a, &meeting] {
      for (int i = 0; i < kObjects; ++i) {
        arena::Allocate<Tracked>(a, i);
        a.Alloc(100);
      }
      meeting.Meet();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kObjects; ++i) arena::Allocate<Tracked>(a, i);
}

}  // namespace

TEST_CASE("all parts end with the base's memory", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  {
    auto base = std::make_unique<arena::MonotonicArena>(
        arena::MonotonicArenaOptions{.min_buffer_size = 2048, .upstream = &upstream});
    auto a = std::make_unique<ThreadCachedArena>(*base);
    const auto ends = [&](auto forget) {
      for (int round = 0; round < 3; ++round) {
        Fill(*a);
        REQUIRE(log.Live() == (kThreads + 1) * kObjects);
        forget();
        REQUIRE(log.Check() == "");
        REQUIRE(a->Len() == 0);
        REQUIRE(base->Len() == 0);
      }
      Fill(*a);
    };
    SECTION("at its Reset") {
      ends([&] { a->Reset(); });
    }
    SECTION("at its Release") {
      ends([&] {
        a->Release();
        CHECK(upstream.LiveBlocks() == 0);
      });
    }
    SECTION("at Reset of the base") {
      ends([&] { base->Reset(); });
    }
    SECTION("at Release of the base") {
      ends([&] {
        base->Release();
        CHECK(upstream.LiveBlocks() == 0);
      });
    }
    SECTION("at Reset of a decorator") {
      arena::ConcurrentArena over(*a);
      ends([&] { over.Reset(); });
      a->Reset();
    }
    SECTION("at the end of the base") { Fill(*a); }
    SECTION("when the decorator has ended before") {
      Fill(*a);
      a.reset();
      CHECK(log.Live() == (kThreads + 1) * kObjects);
      base->Reset();
      CHECK(log.Check() == "");
      ThreadCachedArena again(*base);
      Fill(again);
    }
    a.reset();
    base.reset();
    CHECK(log.Check() == "");
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("a scope of the base ends what was allocated in it", "[threads]") {
  LifetimeLog log;
  arena::MonotonicArena base;
  arena::Allocate<Tracked>(base, -5);
  ThreadCachedArena a(base);
  for (int round = 0; round < 3; ++round) {
    const std::size_t len = base.Len();
    {
      arena::ArenaScope scope(base);
      Fill(a);
      CHECK(log.Live() == (kThreads + 1) * kObjects + 1);
    }
    CHECK(log.Live() == 1);
    CHECK(base.Len() == len);
    CHECK(a.Len() == len);
  }
  {
    arena::ArenaScope outer(base);
    arena::ArenaScope inner(base);
    Fill(a);
  }
  CHECK(log.Live() == 1);
  Fill(a);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("what outlives the shared arena frees nothing, and gets nothing, of its part",
          "[threads]") {
  arena::MonotonicArena base({.min_buffer_size = 64 * 1024});
  arena::Vector<int>* numbers = nullptr;
  {
    ThreadCachedArena a(base);
    const ThreadCachedArena::Local local(a);
    numbers = arena::Allocate<arena::Vector<int>>(*local);
    for (int i = 0; i < 1000; ++i) numbers->push_back(i);
  }
  CHECK_THROWS_AS(numbers->reserve(1'000'000), std::bad_alloc);
  CHECK(numbers->back() == 999);
  base.Reset();  // destroys the vector, which returns its memory to the part
  CHECK(base.Len() == 0);
}
