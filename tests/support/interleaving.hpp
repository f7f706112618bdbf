// SPDX-License-Identifier: Apache-2.0
//
// What forces an order on threads: signals that are waited for within bounds, a gate that stops a
// thread at a point that the test names, and hooks that lead a thread to such a point: a mutex, an
// upstream and a clock.
#ifndef ARENA_TESTS_SUPPORT_INTERLEAVING_HPP
#define ARENA_TESTS_SUPPORT_INTERLEAVING_HPP

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory_resource>
#include <mutex>
#include <new>

#include "support/checking_resource.hpp"

namespace arena_test {

// Set once, by any thread. Nobody waits forever: where the order is impossible, because a lock is
// held that should not be, the test goes on and fails.
class Signal {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool IsSet() const {
    const std::lock_guard lock(mutex_);
    return set_;
  }
  // Whether it was set in time. (Until a time of the system clock: thread sanitizers of these years
  // do not know how threads wait by the other.)
  bool Wait() const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::seconds(10),
                               [this] { return set_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool set_ = false;
};

// Stops the first thread that comes to it, until it is opened.
class Gate {
 public:
  // For the thread that is to be stopped; others pass.
  void Pass() {
    if (taken_.exchange(true)) return;
    reached_.Set();
    in_time_ = open_.Wait();
  }
  // For the test.
  bool WaitUntilReached() const { return reached_.Wait(); }
  void Open() { open_.Set(); }
  // Whether a thread came, and went on because the gate was opened. Asked once it has gone on.
  bool WasPassed() const { return reached_.IsSet() && in_time_; }

 private:
  std::atomic<bool> taken_{false};
  std::atomic<bool> in_time_{false};
  Signal reached_;
  Signal open_;
};

// Where so many threads wait for each other, again and again. (libstdc++'s std::barrier can lose a
// wake-up where there is no futex.)
class MeetingPoint {
 public:
  explicit MeetingPoint(std::size_t threads) : threads_(threads) {}

  void Meet() {
    std::unique_lock lock(mutex_);
    const std::size_t meeting = meetings_;
    if (++waiting_ == threads_) {
      waiting_ = 0;
      ++meetings_;
      changed_.notify_all();
      return;
    }
    changed_.wait(lock, [&] { return meetings_ != meeting; });
  }

 private:
  const std::size_t threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t waiting_ = 0;
  std::size_t meetings_ = 0;
};

// What a thread does at the points of every ScriptedMutex that it comes to.
struct MutexScript {
  std::function<void()> before_lock = [] {};
  std::function<void()> blocked = [] {};  // it has to wait
  std::function<void()> after_unlock = [] {};
};

// Basic lockable, and it tells the script of the thread that uses it.
class ScriptedMutex {
 public:
  void lock() {
    if (script != nullptr) script->before_lock();
    if (!mutex_.try_lock()) {
      if (script != nullptr) script->blocked();
      mutex_.lock();
    }
    ++held;
  }
  void unlock() {
    --held;
    mutex_.unlock();
    if (script != nullptr) script->after_unlock();
  }

  // Of the calling thread.
  static inline thread_local const MutexScript* script = nullptr;
  static inline thread_local int held = 0;

 private:
  std::mutex mutex_;
};

// An upstream with gates: `before_allocate` and `before_deallocate` stop the next call, if they are
// set. What is allocated behind the gate fails, if `fail` says so.
class GatedResource final : public std::pmr::memory_resource {
 public:
  std::atomic<Gate*> before_allocate{nullptr};
  std::atomic<Gate*> before_deallocate{nullptr};
  std::atomic<bool> fail{false};

  CheckingResource& Checked() { return checked_; }

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (Gate* const gate = before_allocate.exchange(nullptr); gate != nullptr) {
      gate->Pass();
      if (fail) throw std::bad_alloc();
    }
    return checked_.allocate(size, alignment);
  }
  void do_deallocate(void* block, std::size_t size, std::size_t alignment) override {
    if (Gate* const gate = before_deallocate.exchange(nullptr); gate != nullptr) gate->Pass();
    checked_.deallocate(block, size, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  CheckingResource checked_;
};

// A clock that stands still, and stops the next thread that reads it, if there is a gate.
struct GatedClock {
  static inline std::atomic<Gate*> gate{nullptr};
  static std::chrono::nanoseconds Now() noexcept {
    if (Gate* const stop = gate.exchange(nullptr); stop != nullptr) stop->Pass();
    return std::chrono::hours(1);
  }
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_INTERLEAVING_HPP
