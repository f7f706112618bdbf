// SPDX-License-Identifier: Apache-2.0
//
// Threads that do the same work at the same time, round after round.
#ifndef ARENA_BENCH_SUPPORT_THREAD_TEAM_HPP
#define ARENA_BENCH_SUPPORT_THREAD_TEAM_HPP

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "cpus.hpp"

namespace bench {

/// Each thread runs on a CPU of its own, whatever the process is pinned to. The one that made the
/// team is its first.
///
/// There is always another thread in the process, which sleeps: glibc and this library take locks
/// without atomic instructions while there is none, which no program with threads gains from.
class ThreadTeam {
 public:
  using Work = std::function<void(ThreadTeam& team, std::size_t thread)>;

  ThreadTeam(std::size_t threads, Work work)
      : work_(std::move(work)), barrier_(threads), threads_(threads) {
    for (std::size_t thread = 1; thread < threads; ++thread) {
      helpers_.emplace_back([this, thread, cpu = CpuAfter(pin_.cpu(), thread)] {
        const PinnedThread pin(cpu);
        for (;;) {
          Meet();
          if (done_) return;
          work_(*this, thread);
          Meet();
        }
      });
    }
  }
  ~ThreadTeam() {
    done_ = true;
    Meet();
    for (std::thread& helper : helpers_) helper.join();
    may_wake_ = true;
    may_wake_.notify_one();
  }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  std::size_t threads() const { return threads_; }

  /// Every thread works once.
  void Round() {
    Meet();
    work_(*this, 0);
    Meet();
  }

  /// For the work: no thread goes on until all are here.
  void Meet() { barrier_.Wait(); }

 private:
  std::atomic<bool> may_wake_{false};
  std::jthread sleeper_{[this] { may_wake_.wait(false); }};
  PinnedThread pin_{CurrentCpu()};
  Work work_;
  SpinBarrier barrier_;
  std::size_t threads_;
  bool done_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_THREAD_TEAM_HPP
