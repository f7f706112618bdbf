// SPDX-License-Identifier: Apache-2.0
//
// What it costs a lease to write to memory that the pool kept, per MB, by what became of its pages
// in the meantime:
//
//   warm       kept as it was
//   offered    offered to the kernel, which did not want it (MADV_FREE on Linux)
//   taken      offered, and the kernel took it: forced, in place of memory getting short
//   released   not kept: given back to the system, and had from it again
//
// Each iteration leases an arena, writes to each of its pages and returns it. The rows "cycle"
// count what the pool does to the pages in between, too; in the rows "next_lease" the lease alone
// is timed. The counter "us_per_MB" is the time of the fastest iteration, for each megabyte: on a
// busy machine the mean says little.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

// The pool's time, which passes when it is told to.
std::chrono::nanoseconds now = std::chrono::hours(1);
std::chrono::nanoseconds Now() noexcept { return now; }

enum class Between { kWarm, kOffered, kTaken, kReleased };

class Requests {
 public:
  Requests(std::size_t bytes, Between between)
      : bytes_(bytes), between_(between), pool_(Options(between)) {
    Serve();
  }

  // A lease that writes to all its memory.
  void Serve() {
    const arena::ArenaLease lease = pool_.Acquire(1, bytes_);
    auto* const block = static_cast<volatile char*>(lease->Alloc(bytes_, 1));
    const std::size_t page = arena::PageResource::PageSize();
    for (std::size_t i = 0; i < bytes_; i += page) block[i] = 1;
  }

  // Time passes until the next lease.
  void Wait() {
    if (between_ == Between::kWarm) return;
    now += std::chrono::seconds(2);
    pool_.ShrinkTo(between_ == Between::kReleased ? 0 : SIZE_MAX);
  }

  // Whether the pool did what the row is about.
  bool IsAsPlanned() const {
    const arena::ArenaPoolStats stats = pool_.Stats();
    const bool offers = between_ == Between::kOffered || between_ == Between::kTaken;
    const bool reuses = between_ != Between::kReleased;
    return (stats.offered_bytes >= bytes_ / 2) == offers &&
           stats.reused == (reuses ? stats.leases - 1 : 0);
  }

 private:
  static arena::ArenaPoolOptions Options(Between between) {
    arena::ArenaPoolOptions options;
    options.clock = &Now;
    options.max_arena_bytes = SIZE_MAX;
    options.max_idle_bytes = SIZE_MAX;
    options.max_idle_age = std::chrono::hours(24);
    options.offer_after = std::chrono::seconds(1);
    if (between == Between::kTaken) options.reclaim = arena::Reclaim::kNow;
    return options;
  }

  std::size_t bytes_;
  Between between_;
  arena::ArenaPool pool_;
};

void Run(benchmark::State& state, Between between, bool next_lease_only) {
  const auto bytes = static_cast<std::size_t>(state.range(0)) * kMegabyte;
  Requests requests(bytes, between);
  double fastest = 1e9;  // seconds
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    requests.Wait();
    const Clock::time_point waited = Clock::now();
    requests.Serve();
    const auto time = Clock::now() - (next_lease_only ? waited : start);
    const double each = std::chrono::duration<double>(time).count();
    state.SetIterationTime(each);
    fastest = std::min(fastest, each);
  }
  if (!requests.IsAsPlanned()) state.SkipWithError("the pool did not do what is measured");
  state.counters["us_per_MB"] = fastest * 1e6 / static_cast<double>(state.range(0));
}

struct Row {
  const char* name;
  Between between;
};

constexpr Row kRows[] = {
    {"warm", Between::kWarm},
    {"offered", Between::kOffered},
    {"taken", Between::kTaken},
    {"released", Between::kReleased},
};

}  // namespace

int main(int argument_count, char** arguments) {
  for (const bool next_lease_only : {false, true}) {
    for (const Row& row : kRows) {
      const std::string name = std::string(row.name) + (next_lease_only ? "/next_lease" : "/cycle");
      benchmark::RegisterBenchmark(name.c_str(), Run, row.between, next_lease_only)
          ->Arg(1)
          ->Arg(8)
          ->UseManualTime();
    }
  }
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
