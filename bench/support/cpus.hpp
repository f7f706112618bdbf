// SPDX-License-Identifier: Apache-2.0
//
// Threads that run at the same time, each on its CPU, and start together.
#ifndef ARENA_BENCH_SUPPORT_CPUS_HPP
#define ARENA_BENCH_SUPPORT_CPUS_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

namespace bench {

inline int CurrentCpu() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

/// The CPU that follows `cpu` by `steps`.
inline int CpuAfter(int cpu, std::size_t steps) {
#if defined(__linux__)
  return static_cast<int>((static_cast<std::size_t>(cpu) + steps) %
                          static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
#else
  return cpu;
#endif
}

/// 1, 2, 4, ... and the number of CPUs; 2 even where there is only one.
inline std::vector<std::size_t> ThreadCounts() {
  const std::size_t cpus = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  std::vector<std::size_t> counts;
  for (std::size_t count = 1; count < cpus; count *= 2) counts.push_back(count);
  counts.push_back(cpus);
  return counts;
}

/// Keeps the calling thread on one CPU, as far as the system lets it.
class PinnedThread {
 public:
  explicit PinnedThread(int cpu) : cpu_(cpu) {
#if defined(__linux__)
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<std::size_t>(cpu), &only);
    restore_ = sched_getaffinity(0, sizeof(before_), &before_) == 0 &&
               sched_setaffinity(0, sizeof(only), &only) == 0;
#endif
  }
  ~PinnedThread() {
#if defined(__linux__)
    if (restore_) sched_setaffinity(0, sizeof(before_), &before_);
#endif
  }
  PinnedThread(const PinnedThread&) = delete;
  PinnedThread& operator=(const PinnedThread&) = delete;

  int cpu() const { return cpu_; }

 private:
  int cpu_;
#if defined(__linux__)
  cpu_set_t before_;
  bool restore_ = false;
#endif
};

/// Lets nobody pass until all are there. It spins, since a wake-up by the kernel takes as long as a
/// round of the fastest peer.
class SpinBarrier {
 public:
  explicit SpinBarrier(std::size_t threads) : threads_(threads) {}

  void Wait() {
    const std::size_t round = round_.load(std::memory_order_acquire);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      waiting_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; round_.load(std::memory_order_acquire) == round;) {
      if (++spins % 4096 == 0) std::this_thread::yield();
    }
  }

 private:
  std::size_t threads_;
  alignas(64) std::atomic<std::size_t> waiting_{0};
  alignas(64) std::atomic<std::size_t> round_{0};
};

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_CPUS_HPP
