// SPDX-License-Identifier: Apache-2.0
//
// A mutex for critical sections that are as short as two function calls. Those of std::mutex, which
// are calls themselves, would take longer than what they guard: a lease would take a third more
// instructions.
#ifndef ARENA_DETAIL_THREADS_MUTEX_HPP
#define ARENA_DETAIL_THREADS_MUTEX_HPP

#include <atomic>

#include "../../config.hpp"

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 1
#else
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 0
#endif

// Where the system has no futex (MinGW, macOS), libstdc++ implements waiting for an atomic with a
// condition variable. It reads the value before it takes the lock, so a wake-up in between is lost.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAVE_PLATFORM_WAIT)
#define ARENA_DETAIL_LOSES_WAKE_UPS 1
#include <chrono>
#include <thread>
#else
#define ARENA_DETAIL_LOSES_WAKE_UPS 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Whether the process has no other thread; false if that is not known. The answer stays right until
// this thread starts another one.
ARENA_ALWAYS_INLINE bool IsOnlyThread() noexcept {
#if ARENA_DETAIL_KNOWS_ONLY_THREAD
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

// For std::lock_guard and std::unique_lock. Without contention lock and unlock are inline and take an
// atomic instruction each, or none while the process has one thread, as in glibc. Waiting threads
// sleep. A thread may destroy the mutex as soon as it has unlocked it, as with a POSIX mutex: the
// thread that unlocked it before uses only its address by then.
class Mutex {
 public:
  ARENA_ALWAYS_INLINE bool try_lock() noexcept {
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kFree) {
      state_.store(kTaken, std::memory_order_relaxed);
      return true;
    }
    int expected = kFree;
    return state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  ARENA_ALWAYS_INLINE void lock() noexcept {
    if (!try_lock()) [[unlikely]]
      Wait();
  }

  ARENA_ALWAYS_INLINE void unlock() noexcept {
    // Asked again, because this thread may have started another one since lock().
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
  static constexpr int kContended = 2;  // taken, and other threads may be waiting

  ARENA_COLD void Wait() noexcept {
    // A thread that waited takes it as contended, because others may still be waiting.
#if ARENA_DETAIL_LOSES_WAKE_UPS
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

#undef ARENA_DETAIL_LOSES_WAKE_UPS

#endif  // ARENA_DETAIL_THREADS_MUTEX_HPP
