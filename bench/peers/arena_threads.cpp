// SPDX-License-Identifier: Apache-2.0
//
// What threads may allocate from: ARENA_BENCH_SHARED names one of the classes below. An arena for
// each thread over a shared one is in arena.cpp.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "../workloads/threads.hpp"

namespace {

// Handle: an arena::Arena&, or what converts to one.
template <class Handle>
class ArenaLocal {
 public:
  template <class T>
  T* New() {
    return arena::AllocateForOverwrite<T>(handle_);
  }
  template <class T, class... Args>
  T* Create(Args&&... args) {
    return arena::Allocate<T>(handle_, std::forward<Args>(args)...);
  }

 protected:
  template <class Source>
  explicit ArenaLocal(Source& source) : handle_(source) {}

  Handle handle_;
};

// All threads use one arena, each through what Handle is.
template <class Decorator, class Handle>
class Shared {
 public:
  Shared(std::size_t, std::size_t) {}

  struct Local : ArenaLocal<Handle> {
    Local(Shared& shared, std::size_t) : ArenaLocal<Handle>(shared.arena_) {}
  };

  void Reset() { arena_.Reset(); }

 private:
  arena::MonotonicArena memory_;
  Decorator arena_{memory_};
};

using Concurrent = Shared<arena::ConcurrentArena, arena::Arena&>;
using ThreadCached = Shared<arena::ThreadCachedArena, arena::Arena&>;
using ThreadCachedLocal = Shared<arena::ThreadCachedArena, arena::ThreadCachedArena::Local>;

// Each thread has an arena that nobody else uses.
class Private {
 public:
  Private(std::size_t, std::size_t threads) : arenas_(new Padded[threads]) {}

  struct Local : ArenaLocal<arena::MonotonicArena&> {
    Local(Private& arenas, std::size_t thread) : ArenaLocal(arenas.arenas_[thread].arena) {}
    void Reset() { handle_.Reset(); }
  };

  void Reset() {}

 private:
  struct alignas(128) Padded {
    arena::MonotonicArena arena;
  };
  std::unique_ptr<Padded[]> arenas_;
};

}  // namespace

void bench::RegisterPeer() { bench::RegisterShared<ARENA_BENCH_SHARED>(); }
