// SPDX-License-Identifier: Apache-2.0
//
// The base may be any arena, with a window or without, and any decorator; and the arena may be shared
// again, be the upstream of others, or have no window large enough for what is asked.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

constexpr std::size_t kThreads = 4;

// Rounds of threads that make objects through the arena, whose Len is the bytes of these.
void Exercise(arena::Arena& a) {
  LifetimeLog log;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&a] {
        for (int i = 0; i < 100; ++i) {
          arena::Allocate<Tracked>(a, i);
          std::memset(a.Alloc(60, 4), 1, 60);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(log.Live() == kThreads * 100);
    CHECK(a.Len() == kThreads * 100 * (60 + sizeof(Tracked)));
    CHECK(a.Peak() >= a.Len());
    round == 1 ? a.Release() : a.Reset();
    CHECK(log.Check() == "");
    CHECK(a.Len() == 0);
  }
}

}  // namespace

TEST_CASE("over any arena", "[threads]") {
  CheckingResource upstream;
  SECTION("an arena with a window that stays") {
    const auto base = std::make_unique<arena_test::WindowArena<256 * 1024>>();
    ThreadCachedArena a(*base);
    Exercise(a);
  }
  SECTION("an arena with a window that moves") {
    arena_test::HoppingArena base(upstream, 4096);
    ThreadCachedArena a(base);
    Exercise(a);
  }
  SECTION("an arena without a window") {
    arena_test::WindowlessArena base(upstream);
    ThreadCachedArena a(base);
    Exercise(a);
  }
  SECTION("a decorator with hooks") {
    arena::MonotonicArena memory({.upstream = &upstream});
    arena_test::LoggingArena base(memory);
    ThreadCachedArena a(base);
    Exercise(a);
    CHECK(base.GetLog().allocations < 100);
  }
  SECTION("a decorator without hooks") {
    arena::MonotonicArena memory({.upstream = &upstream});
    arena_test::PlainDecorator base(memory);
    ThreadCachedArena a(base);
    Exercise(a);
  }
  SECTION("a ConcurrentArena") {
    arena::MonotonicArena memory({.upstream = &upstream});
    arena::ConcurrentArena base(memory);
    ThreadCachedArena a(base);
    Exercise(a);
  }
  SECTION("a ThreadCachedArena") {
    arena::MonotonicArena memory({.upstream = &upstream});
    ThreadCachedArena base(memory);
    ThreadCachedArena a(static_cast<arena::Arena&>(base));
    Exercise(a);
  }
  SECTION("an arena whose upstream is shared itself") {
    arena::MonotonicArena memory({.upstream = &upstream});
    ThreadCachedArena shared(memory);
    arena::MonotonicArena base({.upstream = &shared});
    ThreadCachedArena a(base);
    Exercise(a);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("under any arena", "[threads]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena base({.upstream = &upstream});
    ThreadCachedArena shared(base);
    SECTION("a ConcurrentArena") {
      arena::ConcurrentArena a(shared);
      Exercise(a);
    }
    SECTION("a decorator with hooks") {
      arena_test::LoggingArena a(shared);
      std::thread thread([&a] { a.Alloc(10); });
      thread.join();
      CHECK(a.Len() == 10);
      a.Reset();
      CHECK(a.Len() == 0);
    }
    SECTION("an arena for each thread") {
      LifetimeLog log;
      std::vector<std::thread> threads;
      for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&shared] {
          arena::MonotonicArena own({.min_buffer_size = 2048, .upstream = &shared});
          for (int i = 0; i < 1000; ++i) arena::Allocate<Tracked>(own, i);
        });
      }
      for (std::thread& thread : threads) thread.join();
      CHECK(log.Check() == "");
      CHECK(shared.Len() >= kThreads * 1000 * sizeof(Tracked));
      shared.Reset();
      CHECK(shared.Len() == 0);
    }
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("options of every size are legal", "[threads]") {
  const std::size_t first = GENERATE(std::size_t{0}, 1, 1000, 1 << 20);
  const std::size_t window = GENERATE(std::size_t{0}, 64, 4096, 1 << 20);
  const std::size_t max_window = GENERATE(std::size_t{0}, 4096, SIZE_MAX);
  arena::MonotonicArena base;
  ThreadCachedArena a(base, {.first_window = first, .window = window, .max_window = max_window});
  Exercise(a);
}

TEST_CASE("a first window larger than the limit becomes what is left") {
  arena::MonotonicArena base({.limit = 1 << 20});
  ThreadCachedArena a(base, {.first_window = SIZE_MAX, .window = SIZE_MAX});
  for (int i = 0; i < 1000; ++i) a.Alloc(500, 4);
  CHECK(a.Len() == 500000);
  CHECK(a.Cap() <= std::size_t{1} << 20);
}
