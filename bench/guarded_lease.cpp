// SPDX-License-Identifier: Apache-2.0
//
// What ArenaPoolOptions::guard_one_in costs: a lease that fills its memory with objects of 64 bytes,
// plain, guarded, and with one lease in so many guarded. All kinds are timed in turn, in slices; a row
// has the medians of the slices and of their ratios, so that it means something on a busy machine as
// well.
//
//   build/bench/guarded_lease [SLICES]
#include <time.h>

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

// Of the processor, in microseconds: other processes may be busy.
double Now() {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

constexpr std::size_t kPiece = 64;
void* volatile newest = nullptr;  // so that no piece is left out

// Microseconds a lease.
double Time(arena::ArenaPool& pool, std::size_t bytes, int leases) {
  const double start = Now();
  for (int i = 0; i < leases; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    for (std::size_t left = bytes; left != 0; left -= kPiece) {
      void* const piece = lease->Alloc(kPiece, 8);
      std::memset(piece, 1, kPiece);
      newest = piece;
    }
  }
  return (Now() - start) / leases;
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void PrintRow(std::size_t bytes, int slices) {
  arena::ArenaPool plain;
  arena::ArenaPool guarded({.guard_one_in = 1});
  arena::ArenaPool thousandth({.guard_one_in = 1000});
  arena::ArenaPool hundredth({.guard_one_in = 100});
  // Twenty guarded leases a slice on average, where one in a thousand is.
  const int many = 20'000;
  std::vector<double> of_plain, of_guarded, in_thousand, in_hundred;
  for (int slice = -1; slice < slices; ++slice) {
    const double base = Time(plain, bytes, many);
    const double all = Time(guarded, bytes, many / 100);
    const double some = Time(thousandth, bytes, many);
    const double more = Time(hundredth, bytes, many);
    if (slice < 0) continue;  // cold
    of_plain.push_back(base);
    of_guarded.push_back(all);
    in_thousand.push_back(100 * (some / base - 1));
    in_hundred.push_back(100 * (more / base - 1));
  }
  std::printf(
      "%8zu bytes  plain %8.2f us  guarded %8.2f us  1 in 1000 %+6.1f %%  1 in 100 %+6.1f %%\n",
      bytes, Median(of_plain), Median(of_guarded), Median(in_thousand), Median(in_hundred));
}

}  // namespace

int main(int count, char** arguments) {
  const int slices = count > 1 ? std::atoi(arguments[1]) : 15;
  if (slices < 1) return 2;
  std::thread([] {}).join();  // with glibc, a process that never had a thread locks for less
  PrintRow(std::size_t{2} << 10, slices);
  PrintRow(std::size_t{64} << 10, slices);
  return 0;
}
