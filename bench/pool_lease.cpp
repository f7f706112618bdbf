// SPDX-License-Identifier: Apache-2.0
//
// What a warm lease of an ArenaPool costs, Acquire and return together, beside what a shared pool
// cannot do without: locking. The counter "mutex_pairs" of a row is its time in uncontended
// lock/unlock pairs of std::mutex. Both are timed in turn, in short slices of which the fastest of
// each kind count, so that the counter means something on a busy machine as well.
//
// With glibc, neither std::mutex nor the pool uses atomic instructions in a process that has never
// had a second thread. So the rows come twice: "one_thread" before this program starts any, and
// "threaded" afterwards. The second counts: a server has threads. What leases of several threads
// cost is in workloads/lease.hpp.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

// From then on the process counts as one with threads.
void StartAThread() {
  static const bool started = (std::thread([] {}).join(), true);
  benchmark::DoNotOptimize(started);
}

void LockAndUnlock(std::mutex& mutex) {
  mutex.lock();
  benchmark::ClobberMemory();
  mutex.unlock();
}

template <class Work>
void KeepFastest(Work work, Clock::duration& fastest) {
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < 1000; ++i) work();
  fastest = std::min(fastest, Clock::now() - start);
}

template <class Work>
void Measure(benchmark::State& state, Work work) {
  for (auto _ : state) work();

  std::mutex mutex;
  Clock::duration of_work = Clock::duration::max();
  Clock::duration of_pairs = Clock::duration::max();
  for (int slice = 0; slice < 50; ++slice) {
    KeepFastest(work, of_work);
    KeepFastest([&mutex] { LockAndUnlock(mutex); }, of_pairs);
  }
  state.counters["mutex_pairs"] =
      static_cast<double>(of_work.count()) / static_cast<double>(of_pairs.count());
}

struct Object {
  std::uint64_t* ended;
  ~Object() { ++*ended; }
};

void MutexPair(benchmark::State& state) {
  std::mutex mutex;
  for (auto _ : state) LockAndUnlock(mutex);
}

// The two reads of time that a pool could do.
void CoarseClock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(arena::ArenaPoolOptions{}.clock());
}
void SteadyClock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Clock::now());
}

void Lease(benchmark::State& state) {
  arena::ArenaPool pool;
  Measure(state, [&] {
    arena::ArenaLease lease = pool.Acquire(1);
    benchmark::DoNotOptimize(lease);
  });
}

void LeaseAndAllocate(benchmark::State& state) {
  arena::ArenaPool pool;
  Measure(state, [&] {
    const arena::ArenaLease lease = pool.Acquire(1);
    benchmark::DoNotOptimize(lease->Alloc(64));
  });
}

// Requests of two kinds in turn: each has to find its key.
void LeaseOfTwoKeys(benchmark::State& state) {
  arena::ArenaPool pool;
  std::uint64_t key = 0;
  Measure(state, [&] {
    const arena::ArenaLease lease = pool.Acquire(key ^= 1);
    benchmark::DoNotOptimize(lease->Alloc(64));
  });
}

// Each lease needs something else: the pool learns, and does not repeat what it knew.
void LeaseOfAnySize(benchmark::State& state) {
  std::array<std::size_t, 1024> sizes;
  std::uint32_t random = 1;
  for (std::size_t& size : sizes) {
    random = random * 1664525 + 1013904223;
    size = 1 + random % 3000;
  }
  arena::ArenaPool pool;
  std::size_t next = 0;
  Measure(state, [&] {
    const arena::ArenaLease lease = pool.Acquire(1);
    benchmark::DoNotOptimize(lease->Alloc(sizes[next++ % sizes.size()]));
  });
}

// With the destructor of an object, which runs as the lease ends.
void LeaseWithObject(benchmark::State& state) {
  arena::ArenaPool pool;
  std::uint64_t ended = 0;
  Measure(state, [&] {
    const arena::ArenaLease lease = pool.Acquire(1);
    benchmark::DoNotOptimize(arena::Allocate<Object>(*lease, &ended));
  });
  if (ended != pool.Stats().leases) state.SkipWithError("a destructor did not run");
}

struct Row {
  const char* name;
  void (*run)(benchmark::State&);
};

constexpr Row kRows[] = {
    {"mutex_pair", MutexPair},
    {"coarse_clock", CoarseClock},
    {"steady_clock", SteadyClock},
    {"lease", Lease},
    {"lease_small_use", LeaseAndAllocate},
    {"lease_two_keys", LeaseOfTwoKeys},
    {"lease_any_size", LeaseOfAnySize},
    {"lease_with_object", LeaseWithObject},
};

}  // namespace

int main(int argument_count, char** arguments) {
  for (const Row& row : kRows) {
    benchmark::RegisterBenchmark((std::string(row.name) + "/one_thread").c_str(), row.run);
  }
  for (const Row& row : kRows) {
    benchmark::RegisterBenchmark((std::string(row.name) + "/threaded").c_str(),
                                 [run = row.run](benchmark::State& state) {
                                   StartAThread();
                                   run(state);
                                 });
  }
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
