// SPDX-License-Identifier: Apache-2.0
//
// class ConcurrentArena: a decorator that lets several threads share an arena.
#ifndef ARENA_CONCURRENT_ARENA_HPP
#define ARENA_CONCURRENT_ARENA_HPP

#include <cstddef>
#include <mutex>

#include "arena_decorator.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/atomic_pointer.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Distinguishes the calling thread from all others that run, without <thread>. A shared object may
// have an answer of its own for the same thread.
inline const void* ThisThread() noexcept {
  static thread_local const char here = 0;
  return &here;
}

}  // namespace detail

/// Passes every call on to another arena, under a mutex.
///
/// Atomic, each by itself: allocation, resizing, registering a cleanup, Reset, Release and each
/// figure. Not atomic: SliceAppend to one slice from two threads, or one container in two threads.
/// The base is not used directly meanwhile, and both outlive what is allocated; the decorator owns
/// no memory and no cleanups, and its end touches nothing. (clang warns of a function that returns
/// memory of a local ConcurrentArena: see ArenaDecorator.)
///
/// The base's upstream is called under the mutex, and with it the `on_pressure` of a Budget: neither
/// uses the decorator, not even for its figures.
///
/// Cleanups run on the thread that calls Reset or Release, without the mutex: they may use the
/// arena. Two Resets exclude each other until the last cleanup has returned. Calling Reset or
/// Release of the decorator from one of these cleanups ends the program with a message. Resetting
/// while another thread still uses the memory is the caller's error.
///
/// It does not scale: the threads wait for each other in every call, and another mutex changes
/// little (ones that spin or queue were measured). For speed take a ThreadCachedArena; or compose:
/// a MonotonicArena per thread with the ConcurrentArena as its upstream takes one buffer at a time
/// under the mutex and then allocates alone. What differs: its objects die with the thread's arena,
/// its buffers return to the shared one only when that is reset, and the shared Len() counts whole
/// buffers.
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicConcurrentArena : public ArenaDecorator {
 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicConcurrentArena(Arena& base ARENA_LIFETIMEBOUND) noexcept : ArenaDecorator(base) {}

  std::size_t Len() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Len();
  }
  std::size_t Cap() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Cap();
  }
  std::size_t Peak() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoAlloc(size, alignment);
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoTryResize(block, old_size, new_size);
  }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }
  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoAddCleanup(cleanup);
  }
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoTakeCleanup(cleanup, only);
  }
  void DoReset() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoReset();
  }
  void DoRelease() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoRelease();
  }

  void DoClear(Arena::Retention retention) noexcept override {
    const void* const self = detail::ThisThread();
    if (clearing_thread_.LoadRelaxed() == self) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    // While a cleanup runs here, no other thread forgets the memory it uses.
    const std::lock_guard<Mutex> exclusive(clear_mutex_);
    clearing_thread_.StoreRelaxed(self);
    Cleanup cleanup;
    while (TakeOrClear(&cleanup, retention)) cleanup.run(cleanup.object);
    clearing_thread_.StoreRelaxed(nullptr);
  }

 private:
  // Takes the newest cleanup, or forgets the memory: in one critical section, so that no cleanup
  // that is registered in between can be lost.
  bool TakeOrClear(Cleanup* cleanup, Arena::Retention retention) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    if (ArenaDecorator::DoTakeCleanup(cleanup, nullptr)) return true;
    if (retention == Arena::Retention::kRetain) {
      ArenaDecorator::DoReset();
    } else {
      ArenaDecorator::DoRelease();
    }
    return false;
  }

  mutable Mutex mutex_{};  // guards the base
  Mutex clear_mutex_{};    // always taken before mutex_, and by DoClear alone
  // Who holds clear_mutex_. A thread that reads its own name here has stored it itself.
  detail::AtomicPointer<const void*> clearing_thread_{nullptr};
};

/// A BasicConcurrentArena with the standard library's mutex.
using ConcurrentArena = BasicConcurrentArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_CONCURRENT_ARENA_HPP
