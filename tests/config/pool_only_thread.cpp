// SPDX-License-Identifier: Apache-2.0
//
// A pool in a process that has one thread, and then more: locks that were taken without an atomic
// instruction keep threads out that start while they are held. It is a program of its own because a
// process has its first thread once.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <thread>

#include "support/check.hpp"

namespace {

using arena_test::Check;

void LetOthersRun() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

arena::ArenaPool* pool = nullptr;
std::thread user_of_pool;
std::atomic<bool> is_served{false};
bool starts_thread = false;
bool was_kept_out = false;

// The pool reads its clock under its lock.
std::chrono::nanoseconds ClockThatStartsAThread() noexcept {
  if (starts_thread) {
    starts_thread = false;
    user_of_pool = std::thread([] {
      const arena::ArenaLease lease = pool->Acquire(1);
      lease->Alloc(100);
      is_served = true;
    });
    LetOthersRun();
    was_kept_out = !is_served;
  }
  return std::chrono::hours(1);
}

void CheckPool() {
  arena::ArenaPoolOptions options;
  options.clock = &ClockThatStartsAThread;
  arena::ArenaPool its_pool(options);
  pool = &its_pool;
  for (int i = 0; i < 100; ++i) {
    const arena::ArenaLease lease = its_pool.Acquire(1);
    lease->Alloc(100);
  }
#if ARENA_DETAIL_KNOWS_ONLY_THREAD && !defined(__SANITIZE_THREAD__)
  Check(arena::detail::IsOnlyThread(), "a process without threads knows that");
#endif
  arena::ArenaLease lease = its_pool.Acquire(1);
  starts_thread = true;
  lease.Return();
  user_of_pool.join();
  Check(was_kept_out, "a thread waits for the lock that was there before it");
  Check(is_served, "and goes on when the lock is free");
  Check(!arena::detail::IsOnlyThread(), "with a thread no process counts as without");
  Check(its_pool.Stats().leases == 102 && its_pool.Stats().open == 0, "each lease counts");
}

void CheckMutex() {
  arena::detail::Mutex mutex;
  std::size_t guarded = 0;
  std::thread other;
  {
    const std::lock_guard<arena::detail::Mutex> lock(mutex);
    other = std::thread([&] {
      for (int i = 0; i < 10'000; ++i) {
        const std::lock_guard<arena::detail::Mutex> its_lock(mutex);
        ++guarded;
      }
    });
    LetOthersRun();
    Check(guarded == 0, "a locked mutex is locked");
  }
  for (int i = 0; i < 10'000; ++i) {
    const std::lock_guard<arena::detail::Mutex> lock(mutex);
    ++guarded;
  }
  other.join();
  Check(guarded == 20'000, "one thread at a time holds a mutex");
}

}  // namespace

int main() {
  CheckPool();
  CheckMutex();
  return arena_test::ExitStatus();
}
