// SPDX-License-Identifier: Apache-2.0
//
// class ConcurrentArena: a decorator that lets several threads share an arena.
#ifndef ARENA_CONCURRENT_ARENA_HPP
#define ARENA_CONCURRENT_ARENA_HPP

#include <cstddef>
#include <mutex>

#include "arena_interface.hpp"
#include "config.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// Passes every call on to another arena, under a mutex.
///
/// Atomic, each by itself: allocation, resizing, registering a cleanup, Reset, Release and each
/// figure. Not atomic: SliceAppend to one slice from two threads, or one container in two threads.
/// The base is not used directly meanwhile, and both outlive what is allocated; the decorator owns
/// no memory and no cleanups, and its end touches nothing.
///
/// Cleanups run on the thread that calls Reset or Release, without the mutex: they may use the
/// arena. Two Resets exclude each other until the last cleanup has returned; a cleanup that resets
/// the shared arena through the decorator deadlocks. Resetting while another thread still uses the
/// memory is the caller's error.
///
/// For speed, compose instead of sharing: a MonotonicArena per thread with the ConcurrentArena as
/// its upstream takes one buffer at a time under the mutex and then allocates alone. What differs:
/// its objects die with the thread's arena, its buffers return to the shared one only when that is
/// reset, and the shared Len() counts whole buffers.
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicConcurrentArena : public Arena {
 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicConcurrentArena(Arena& base) noexcept : base_(base) {}

  std::size_t Len() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return base_.Len();
  }
  std::size_t Cap() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return base_.Cap();
  }
  std::size_t Peak() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return base_.Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return base_.TryAlloc(size, alignment);
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return base_.TryResize(block, old_size, new_size);
  }
  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return AddCleanupTo(base_, cleanup);
  }
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return TakeCleanupOf(base_, cleanup, only);
  }
  void DoReset() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ResetMemoryOf(base_);
  }
  void DoRelease() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ReleaseMemoryOf(base_);
  }

  void DoForget(Memory memory) noexcept override {
    // Taken by nothing else: while a cleanup runs here, no other thread forgets the memory it uses.
    const std::lock_guard<Mutex> exclusive(forget_mutex_);
    Cleanup cleanup;
    while (TakeOrForget(&cleanup, memory)) cleanup.run(cleanup.object);
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    MarkDeallocatedIn(base_, block, size);
  }

 private:
  // Takes the newest cleanup, or forgets the memory: in one critical section, so that no cleanup
  // that is registered in between can be lost.
  bool TakeOrForget(Cleanup* cleanup, Memory memory) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    if (TakeCleanupOf(base_, cleanup, nullptr)) return true;
    if (memory == Memory::kKeep) {
      ResetMemoryOf(base_);
    } else {
      ReleaseMemoryOf(base_);
    }
    return false;
  }

  Arena& base_;
  mutable Mutex mutex_;  // guards base_
  Mutex forget_mutex_;   // always taken before mutex_
};

using ConcurrentArena = BasicConcurrentArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_CONCURRENT_ARENA_HPP
