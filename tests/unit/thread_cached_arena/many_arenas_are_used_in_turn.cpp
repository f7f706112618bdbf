// SPDX-License-Identifier: Apache-2.0
//
// One thread uses many arenas in turn. It finds its part of eight of them without the mutex, in later
// rounds too; with more it takes the mutex, and still has one part of each.
#include <arena/arena.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::MutexScript;
using arena_test::ScriptedMutex;
using arena_test::Tracked;

namespace {

using Shared = arena::BasicThreadCachedArena<ScriptedMutex>;

struct Pair {
  arena::MonotonicArena base;
  Shared shared{base};
};

// How often the mutexes are taken in a call.
template <class Call>
std::size_t Locks(Call call) {
  std::size_t locks = 0;
  MutexScript script;
  script.before_lock = [&locks] { ++locks; };
  ScriptedMutex::script = &script;
  call();
  ScriptedMutex::script = nullptr;
  return locks;
}

}  // namespace

TEST_CASE("eight arenas in turn are found without the mutex") {
  std::deque<Pair> arenas(8);
  for (int round = 0; round < 3; ++round) {
    for (Pair& pair : arenas) pair.shared.Alloc(8, 8);
    CHECK(Locks([&] {
            for (int i = 0; i < 10; ++i) {
              for (Pair& pair : arenas) {
                pair.shared.Alloc(8, 8);
                void* const block = pair.shared.Alloc(8, 8);
                arena::Defer(pair.shared, [] {});
                static_cast<void>(pair.shared.TryResize(block, 8, 4));
                const Shared::Local local(pair.shared);
                local->Alloc(1, 1);
              }
            }
          }) == 0);
    // Not all of them as often as the others, so that their numbers are mixed.
    for (std::size_t i = 0; i < arenas.size(); ++i) {
      for (std::size_t n = 0; n <= i; ++n) {
        arenas[i].shared.Reset();
        arenas[i].shared.Alloc(1);
      }
    }
  }
}

TEST_CASE("sixty-four arenas in turn have one part of a thread each", "[threads]") {
  LifetimeLog log;
  std::deque<Pair> arenas(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&arenas] {
      for (int i = 0; i < 20; ++i) {
        for (Pair& pair : arenas) {
          auto* const number = arena::Allocate<Tracked>(pair.shared, i);
          pair.shared.Alloc(8, 8);
          if (number->Id() != i) std::terminate();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (Pair& pair : arenas) {
    CHECK(pair.shared.Len() >= 3 * 20 * 12);
    CHECK(pair.base.Len() <= std::size_t{3} * 1024);  // one window for each thread
  }
  CHECK(log.Live() == std::size_t{64} * 3 * 20);
  for (Pair& pair : arenas) pair.shared.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an arena at the address of another is not taken for it") {
  LifetimeLog log;
  arena::MonotonicArena first;
  arena::MonotonicArena second;
  for (int i = 0; i < 20; ++i) {
    arena::MonotonicArena& base = i % 2 == 0 ? first : second;
    arena::MonotonicArena& other = i % 2 == 0 ? second : first;
    arena::ThreadCachedArena a(base);
    const std::size_t before = other.Len();
    arena::Allocate<Tracked>(a, i);
    CHECK(other.Len() == before);
    CHECK(a.Len() >= sizeof(Tracked));
    if (i % 3 == 0) a.Reset();
  }
  first.Reset();
  second.Reset();
  CHECK(log.Check() == "");
}
