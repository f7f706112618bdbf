// SPDX-License-Identifier: Apache-2.0
//
// The pool's own mutex: one at a time, all of them in the end.
#include <arena/detail/threads/mutex.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using arena::detail::Mutex;

TEST_CASE("of many threads one at a time holds the mutex", "[pool][threads]") {
  Mutex mutex;
  std::size_t count = 0;  // not atomic: the mutex guards it
  std::atomic<int> inside{0};
  std::atomic<int> together{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) {
        const std::lock_guard<Mutex> lock(mutex);
        if (inside.fetch_add(1) != 0) ++together;
        ++count;
        inside.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 20'000);
  CHECK(together == 0);
}

TEST_CASE("threads that sleep before the mutex are woken, one after the other", "[pool][threads]") {
  Mutex mutex;
  std::atomic<int> arrived{0};
  int served = 0;
  std::vector<std::thread> threads;
  {
    const std::lock_guard<Mutex> lock(mutex);
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        ++arrived;
        const std::lock_guard<Mutex> mine(mutex);
        ++served;
      });
    }
    while (arrived < 3) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // they sleep by then
    CHECK(served == 0);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(served == 3);
}

TEST_CASE("who locks the mutex last may destroy it", "[pool][threads]") {
  int rounds = 0;
  for (int i = 0; i < 300; ++i) {
    struct Shared {
      Mutex mutex;
      int users = 2;
    };
    auto* const shared = new Shared;
    const auto leave = [shared] {
      bool last;
      {
        const std::lock_guard<Mutex> lock(shared->mutex);
        last = --shared->users == 0;
      }
      if (last) delete shared;
    };
    std::thread other(leave);
    leave();
    other.join();
    ++rounds;
  }
  CHECK(rounds == 300);
}
