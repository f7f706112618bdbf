// SPDX-License-Identifier: Apache-2.0
//
// Nothing is kept from one call to the next: a coroutine that goes on with another thread uses that
// thread's part, also for the record of what it allocated before.
#include <arena/arena.hpp>
#include <coroutine>
#include <cstddef>
#include <cstring>
#include <new>
#include <vector>

#include "support/catch.hpp"
#include "support/coroutines.hpp"
#include "support/crew.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::Crew;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

constexpr std::size_t kThreads = 3;
constexpr int kMoves = 60;

// Suspends; whoever resumes it goes on.
using Move = std::suspend_always;

arena_test::Task Wander(arena::Arena& frames, ThreadCachedArena& a, std::vector<char*>& blocks) {
  static_cast<void>(frames);
  arena::Slice<Tracked> slice;
  for (int i = 0; i < kMoves; ++i) {
    auto* const block = static_cast<char*>(a.Alloc(100, 8));
    std::memset(block, i, 100);
    blocks.push_back(block);
    void* const place = a.Alloc(sizeof(Tracked), alignof(Tracked));
    co_await Move{};

    auto* const object = ::new (place) Tracked(i);
    if (!a.AddDestructor(object)) throw std::bad_alloc();
    co_await Move{};

    static_cast<void>(a.TryResize(place, sizeof(Tracked), sizeof(Tracked) + 8));
    slice = arena::SliceAppend(a, slice, i);
    arena::Allocate<Tracked>(a, i);
    co_await Move{};
  }
  for (int i = 0; i < kMoves; ++i) {
    if (slice[static_cast<std::size_t>(i)].Id() != i) co_return 1;
  }
  co_return 0;
}

}  // namespace

TEST_CASE("a coroutine moves from thread to thread between its calls", "[threads]") {
  LifetimeLog log;
  arena::MonotonicArena frames;
  arena::MonotonicArena base({.min_buffer_size = 4096});
  ThreadCachedArena a(base, {.first_window = 0, .window = 2048});
  Crew crew(kThreads);
  for (int round = 0; round < 2; ++round) {
    std::vector<char*> blocks;
    arena_test::Task task = Wander(frames, a, blocks);
    for (std::size_t turn = 0; !task.done(); ++turn) {
      crew.Do(turn * 2 % kThreads, [&task] { task.Resume(); });
      // What the others do meanwhile does not meet it.
      crew.Do((turn * 2 + 1) % kThreads, [&a] { std::memset(a.Alloc(40, 8), 0xEE, 40); });
    }
    CHECK(task.Result() == 0);
    for (int i = 0; i < kMoves; ++i) {
      const std::vector<char> expected(100, static_cast<char>(i));
      REQUIRE(std::memcmp(blocks[static_cast<std::size_t>(i)], expected.data(), 100) == 0);
    }
    CHECK(log.Live() >= 3 * kMoves);  // and what the slice was copied from
    a.Reset();
    CHECK(log.Check() == "");
    CHECK(a.Len() == 0);
  }
}
