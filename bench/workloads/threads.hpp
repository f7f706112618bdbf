// SPDX-License-Identifier: Apache-2.0
//
// Threads fill one arena at the same time, then all is dropped: with small objects, and with
// objects that have destructors. A name ends in the number of threads; the wall clock counts.
#ifndef ARENA_BENCH_WORKLOADS_THREADS_HPP
#define ARENA_BENCH_WORKLOADS_THREADS_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../support/cases.hpp"
#include "../support/cpus.hpp"
#include "../support/thread_team.hpp"
#include "objects.hpp"
#include "small.hpp"

namespace bench {

/// A peer that is safe to share: every thread uses the one object.
template <class P>
class SharedPeer {
 public:
  SharedPeer(std::size_t expected, std::size_t) : peer_(expected) {}

  class Local {
   public:
    Local(SharedPeer& shared, std::size_t) : peer_(shared.peer_) {}

    void* Alloc(std::size_t size, std::size_t alignment) { return peer_.Alloc(size, alignment); }
    void Free(void* block, std::size_t size, std::size_t alignment)
      requires Frees<P>
    {
      peer_.Free(block, size, alignment);
    }
    template <class T>
    T* New() {
      return bench::New<T>(peer_);
    }
    template <class T, class... Args>
    T* Create(Args&&... args)
      requires Creates<P>
    {
      return peer_.template Create<T>(std::forward<Args>(args)...);
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

/// Shared: Shared(expected bytes, threads), a class Local(shared, number of the thread), made by
/// each thread at the start of a round and gone at its end, and Reset(), called by one thread after
/// that. W is a workload on a Local.
template <class Shared, class W>
class ThreadRounds {
  using Local = typename Shared::Local;

 public:
  template <class MakeWork>
  ThreadRounds(std::size_t threads, MakeWork make_work)
      : works_(threads),
        shared_(threads * (make_work().expected() + 4096), threads),
        team_(threads, [this, make_work](ThreadTeam& team, std::size_t thread) {
          std::unique_ptr<Padded>& own = works_[thread];
          if (own == nullptr) own = std::make_unique<Padded>(make_work());
          Local local(shared_, thread);
          own->work.Fill(local);
          team.Meet();
          own->work.Drop(local);
        }) {
    Round();  // everything is made and warm
  }

  std::size_t ops() const { return works_.size() * works_[0]->work.ops(); }
  std::size_t requested() const { return works_.size() * works_[0]->work.requested(); }

  void Round() {
    team_.Round();
    shared_.Reset();
  }

 private:
  // No two threads write to one cache line, nor to two that are fetched together.
  struct alignas(128) Padded {
    explicit Padded(W w) : work(std::move(w)) {}
    W work;
  };

  std::vector<std::unique_ptr<Padded>> works_;
  Shared shared_;
  ThreadTeam team_;
};

template <class Shared>
void RegisterShared() {
  static constexpr std::size_t kCount = 50'000;
  using Local = typename Shared::Local;
  const auto add = [](const char* name, std::size_t threads, auto make_work) {
    Case(std::string(name) + "/" + std::to_string(threads), Memory::kWarm,
         [threads, make_work](benchmark::State& state) {
           ThreadRounds<Shared, decltype(make_work())> rounds(threads, make_work);
           for (auto _ : state) rounds.Round();
           return Figures{rounds.ops(), rounds.requested()};
         })
        ->UseRealTime();
  };
  for (const std::size_t threads : ThreadCounts()) {
    add("threads/64B", threads, [] { return SmallObjects<Local, 64>(kCount); });
    add("threads/destructors", threads, [] { return Objects<Local>(kCount, 8); });
  }
}

template <class P>
void RegisterThreads() {
  if constexpr (requires { typename P::Shared; }) {
    RegisterShared<typename P::Shared>();
  } else if constexpr (ThreadSafe<P>) {
    RegisterShared<SharedPeer<P>>();
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_THREADS_HPP
