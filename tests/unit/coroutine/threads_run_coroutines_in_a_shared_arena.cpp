// SPDX-License-Identifier: Apache-2.0
//
// Frames in a ConcurrentArena, begun on one thread and ended on another.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/coroutines.hpp"

namespace {

using arena_test::Task;

ARENA_NOINLINE Task SharedLeaf(arena::Arena&, int value) { co_return value; }

ARENA_NOINLINE Task SharedLoop(arena::Arena& a, int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await SharedLeaf(a, i);
  co_await std::suspend_always();
  for (int i = 0; i < times; ++i) sum += co_await SharedLeaf(a, i);
  co_return sum;
}

}  // namespace

TEST_CASE("coroutines of a shared arena begin and end on any thread", "[coroutine][threads]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  std::mutex mutex;
  std::vector<Task> suspended;
  std::atomic<int> ended{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        Task task = SharedLoop(shared, 20);
        task.Resume();
        std::vector<Task> others;
        {
          const std::lock_guard lock(mutex);
          suspended.push_back(std::move(task));
          if (i % 3 == 2) others.swap(suspended);
        }
        for (Task& other : others) {
          other.Resume();
          if (!other.done() || other.Result() != 380) ++wrong;
          ++ended;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (Task& task : suspended) {
    task.Resume();
    if (!task.done() || task.Result() != 380) ++wrong;
    ++ended;
  }
  suspended.clear();
  CHECK(wrong == 0);
  CHECK(ended == 200);
  base.Reset();
}
