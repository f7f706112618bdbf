// SPDX-License-Identifier: Apache-2.0
//
// A mutex for critical sections that last as long as two function calls: std::mutex, whose lock and
// unlock are such calls, would take longer than what it guards.
#ifndef ARENA_DETAIL_POOL_MUTEX_HPP
#define ARENA_DETAIL_POOL_MUTEX_HPP

#include <atomic>

#include "../../config.hpp"

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 1
#else
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 0
#endif

// libstdc++ builds the waiting for an atomic on a condition variable where the system has no futex
// (MinGW, macOS), and looks at the value before it takes the lock of that: a wake-up in between is
// lost.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAVE_PLATFORM_WAIT)
#define ARENA_LOSES_WAKE_UPS 1
#include <chrono>
#include <thread>
#else
#define ARENA_LOSES_WAKE_UPS 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Whether the process has no other thread; false where that is not known. As it takes a thread to
// start one, the answer holds until this thread does so.
ARENA_ALWAYS_INLINE bool IsOnlyThread() noexcept {
#if ARENA_DETAIL_KNOWS_ONLY_THREAD
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

// For std::lock_guard. Without contention inline, an atomic instruction each, or none while the
// process has one thread, as std::mutex does it with glibc; with contention, waiting threads sleep.
// As with a POSIX mutex, the thread that locks it next may destroy it once it has unlocked it: the
// one before needs no more than its address by then.
class Mutex {
 public:
  ARENA_ALWAYS_INLINE void lock() noexcept {
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kFree) {
      state_.store(kTaken, std::memory_order_relaxed);
      return;
    }
    int expected = kFree;
    if (!state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                        std::memory_order_relaxed)) [[unlikely]] {
      Wait();
    }
  }

  ARENA_ALWAYS_INLINE void unlock() noexcept {
    // Asked anew: a thread may have been started since.
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kTaken) {
      state_.store(kFree, std::memory_order_relaxed);
      return;
    }
    if (state_.exchange(kFree, std::memory_order_release) == kContended) [[unlikely]]
      Wake();
  }

 private:
  static constexpr int kFree = 0;
  static constexpr int kTaken = 1;
  static constexpr int kContended = 2;  // taken, and others may be waiting

  ARENA_COLD void Wait() noexcept {
    // Whoever waited takes it as contended: it cannot know whether it was the only one.
#if ARENA_LOSES_WAKE_UPS
    for (int turn = 0; state_.exchange(kContended, std::memory_order_acquire) != kFree; ++turn) {
      if (turn < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    }
#else
    while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
      state_.wait(kContended, std::memory_order_relaxed);
    }
#endif
  }

  ARENA_COLD void Wake() noexcept { state_.notify_one(); }

  std::atomic<int> state_{kFree};
};

}  // namespace detail
ARENA_END_NAMESPACE

#undef ARENA_LOSES_WAKE_UPS

#endif  // ARENA_DETAIL_POOL_MUTEX_HPP
