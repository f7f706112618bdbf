// SPDX-License-Identifier: Apache-2.0
//
// Two threads fill one arena at the same time, then all is dropped. Each runs on a CPU of its own,
// whatever the process is pinned to, and the wall clock counts.
#ifndef ARENA_BENCH_WORKLOADS_THREADS_HPP
#define ARENA_BENCH_WORKLOADS_THREADS_HPP

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../support/cases.hpp"
#include "../support/cpus.hpp"
#include "small.hpp"

namespace bench {

/// A peer that is safe to share: every thread uses the one object.
template <class P>
class SharedPeer {
 public:
  explicit SharedPeer(std::size_t expected) : peer_(expected) {}

  class Local {
   public:
    explicit Local(SharedPeer& shared) : peer_(shared.peer_) {}
    void* Alloc(std::size_t size, std::size_t alignment) { return peer_.Alloc(size, alignment); }
    void Free(void* block, std::size_t size, std::size_t alignment)
      requires Frees<P>
    {
      peer_.Free(block, size, alignment);
    }

   private:
    P& peer_;
  };

  void Reset() {
    if constexpr (Resets<P>) peer_.Reset();
  }

 private:
  P peer_;
};

/// Shared: Shared(expected bytes), a class Local, made by each thread from the Shared at the start
/// of a round and gone at its end, and Reset(), called by one thread after that.
template <class Shared>
class ThreadTeam {
  using Local = typename Shared::Local;
  static constexpr std::size_t kSize = 64;
  static constexpr std::size_t kCount = 50'000;

 public:
  explicit ThreadTeam(std::size_t threads)
      : shared_(threads * (kCount * kSize + 4096)), barrier_(threads), threads_(threads) {
    for (std::size_t i = 1; i < threads; ++i) {
      helpers_.emplace_back([this, cpu = CpuAfter(pin_.cpu(), i)] {
        const PinnedThread pin(cpu);
        for (;;) {
          barrier_.Wait();
          if (done_) return;
          Work();
        }
      });
    }
  }
  ~ThreadTeam() {
    done_ = true;
    barrier_.Wait();
    for (std::thread& helper : helpers_) helper.join();
  }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t ops() const { return threads_ * kCount; }
  std::size_t requested() const { return ops() * kSize; }

  void Round() {
    barrier_.Wait();
    Work();
    shared_.Reset();
  }

 private:
  void Work() {
    // On this thread's stack, so that no two threads write to one cache line.
    SmallObjects<Local, kSize> work(kCount);
    std::optional<Local> local(std::in_place, shared_);
    work.Fill(*local);
    barrier_.Wait();
    if constexpr (Frees<Local>) work.Drop(*local);
    local.reset();
    barrier_.Wait();
  }

  PinnedThread pin_{CurrentCpu()};
  Shared shared_;
  SpinBarrier barrier_;
  std::size_t threads_;
  bool done_ = false;
  std::vector<std::thread> helpers_;
};

template <class Shared>
void ThreadCase(const std::string& name, std::size_t threads) {
  Case(name, Memory::kWarm, [threads](benchmark::State& state) {
    ThreadTeam<Shared> team(threads);
    team.Round();
    for (auto _ : state) team.Round();
    return Figures{team.ops(), team.requested()};
  })->UseRealTime();
}

template <class P>
void RegisterThreads() {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    const std::string name = "threads/64B/" + std::to_string(threads);
    if constexpr (requires { typename P::Shared; }) {
      ThreadCase<typename P::Shared>(name, threads);
    } else if constexpr (ThreadSafe<P>) {
      ThreadCase<SharedPeer<P>>(name, threads);
    }
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_THREADS_HPP
