// SPDX-License-Identifier: Apache-2.0
//
// class BudgetPressure: a budget's on_pressure, which one thread at a time runs.
#ifndef ARENA_DETAIL_BUDGET_PRESSURE_HPP
#define ARENA_DETAIL_BUDGET_PRESSURE_HPP

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "../../config.hpp"
#include "../../fwd.hpp"
#include "../core/upstream.hpp"

// gcc's thread sanitizer does not know how threads wait by the steady clock, and reports the mutex.
#if defined(__SANITIZE_THREAD__) || ARENA_HAS_FEATURE(thread_sanitizer)
#define ARENA_DETAIL_TSAN 1
#else
#define ARENA_DETAIL_TSAN 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

class BudgetPressure {
 public:
  using Callback = std::function<bool(Budget& budget, std::size_t wanted)>;

  // `wait`: how long a charge waits for another thread's call.
  BudgetPressure(Callback callback, std::chrono::milliseconds wait)
      : wait_(std::clamp(wait, std::chrono::milliseconds(0), kLongestWait)),
        callback_(MakeShared(std::move(callback))) {}

  // See Budget::SetPressureCallback.
  void SetCallback(Callback replacement) {
    // Destroyed without the lock: it is the callback before by then.
    std::shared_ptr<const Callback> callback = MakeShared(std::move(replacement));
    std::unique_lock lock(mutex_);
    callback.swap(callback_);
    if (asking_ == std::thread::id() || asking_ == std::this_thread::get_id()) return;
    // That call, not the later ones, which are of the new callback.
    ended_.wait(lock, [this, before = calls_ended_] { return calls_ended_ != before; });
  }

  // Whether a charge should be tried again: the answer of call(const Callback&), or true because
  // another thread's call ended. Waits for such a call only with a deadline, which the first wait
  // of a charge sets. `call` runs without the lock; if it throws, the answer is false.
  template <class Call>
  bool Ask(std::chrono::steady_clock::time_point* deadline, Call&& call) {
    // A catch (...) may not swallow a cancellation.
    const CancellationHeldOff held_off;
    std::unique_lock lock(mutex_);
    if (asking_ == std::this_thread::get_id()) return false;
    if (asking_ != std::thread::id()) return deadline != nullptr && WaitForCall(lock, *deadline);
    if (callback_ == nullptr) return false;
    // Shared, so that the callback may replace itself.
    std::shared_ptr<const Callback> callback = callback_;
    asking_ = std::this_thread::get_id();
    lock.unlock();
    const bool again = AnswerOf(call, *callback);
    callback.reset();  // its destructor is user code, too: not with the lock held
    lock.lock();
    asking_ = std::thread::id();
    ++calls_ended_;
    ended_.notify_all();
    return again;
  }

 private:
  // Any longer one could overflow a point in time.
  static constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

  static std::shared_ptr<const Callback> MakeShared(Callback callback) {
    if (!callback) return nullptr;
    return std::make_shared<const Callback>(std::move(callback));
  }

  template <class Call>
  static bool AnswerOf(Call& call, const Callback& callback) {
#if ARENA_EXCEPTIONS
    try {
      return call(callback);
    } catch (...) {
      return false;
    }
#else
    return call(callback);
#endif
  }

  // Whether nobody asks any more before the deadline, which is set if it is the epoch.
  bool WaitForCall(std::unique_lock<std::mutex>& lock,
                   std::chrono::steady_clock::time_point& deadline) {
    const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    if (deadline == std::chrono::steady_clock::time_point()) deadline = now + wait_;
    const auto nobody_asks = [this] { return asking_ == std::thread::id(); };
#if ARENA_DETAIL_TSAN
    return ended_.wait_until(lock, std::chrono::system_clock::now() + (deadline - now),
                             nobody_asks);
#else
    return ended_.wait_until(lock, deadline, nobody_asks);
#endif
  }

  const std::chrono::milliseconds wait_;

  // Guards the three fields behind it, never during a call of the callback.
  std::mutex mutex_{};
  std::thread::id asking_{};  // the thread that runs the callback; none: nobody does
  std::uint64_t calls_ended_ = 0;
  std::shared_ptr<const Callback> callback_;  // null: nobody is asked
  std::condition_variable ended_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#undef ARENA_DETAIL_TSAN

#endif  // ARENA_DETAIL_BUDGET_PRESSURE_HPP
