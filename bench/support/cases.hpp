// SPDX-License-Identifier: Apache-2.0
//
// Cases as Google Benchmark sees them: a name, a label (warm or cold) and the counters
//
//     ops        operations of one iteration
//     requested  bytes asked for until the drop, without padding
//     reserved   bytes that the peer holds from upstream for them; absent where it cannot tell
//
// A name that ends in /real_time or /manual_time is to be judged by real_time, every other one by
// cpu_time. One with /iterations:1 can run only once in a process.
#ifndef ARENA_BENCH_SUPPORT_CASES_HPP
#define ARENA_BENCH_SUPPORT_CASES_HPP

#include <benchmark/benchmark.h>

#include <cstddef>
#include <optional>
#include <string>

#include "peer.hpp"

namespace bench {

/// Warm: the memory was in use a moment ago. Cold: it comes from the operating system.
enum class Memory { kWarm, kCold };

struct Figures {
  std::size_t ops = 0;
  std::size_t requested = 0;
  std::optional<std::size_t> reserved = std::nullopt;
};

/// What the peer holds for the work that is done and not dropped; nothing if it cannot tell.
template <class P, class W>
std::optional<std::size_t> ReservedFor(const P& peer, W& work) {
  if constexpr (requires { peer.Reserved(); }) {
    return peer.Reserved();
  } else if constexpr (requires {
                         P::HeldBy(nullptr);
                         work.ForEach([](void*) {});
                       }) {
    std::size_t sum = 0;
    work.ForEach([&sum](void* block) { sum += P::HeldBy(block); });
    return sum;
  } else {
    return std::nullopt;
  }
}

void Report(benchmark::State& state, const Figures& figures);

/// Registers `body(state)`, which returns Figures.
template <class Body>
benchmark::internal::Benchmark* Case(const std::string& name, Memory memory, Body body) {
  return benchmark::RegisterBenchmark(name.c_str(), [memory, body](benchmark::State& state) {
    Report(state, body(state));
    state.SetLabel(memory == Memory::kWarm ? "warm" : "cold");
  });
}

/// Fill and drop of a workload in one peer that lives as long as the case; the first round, which
/// is not timed, warms up and shows how much memory is held at the height.
///
/// A workload W has ops(), requested(), expected() (bytes with padding, for peers that are told),
/// Fill(peer), Drop(peer) and, if it knows its blocks, ForEach(function of a block).
template <class P, class W>
Figures RunWarm(benchmark::State& state, W& work) {
  P peer(work.expected());
  work.Fill(peer);
  const std::optional<std::size_t> reserved = ReservedFor(peer, work);
  work.Drop(peer);
  for (auto _ : state) {
    work.Fill(peer);
    work.Drop(peer);
  }
  return {work.ops(), work.requested(), reserved};
}

/// Registers RunWarm of a workload that is made from `arguments` when the case runs.
template <class P, class W, class... Arguments>
void WarmCase(const std::string& name, Arguments... arguments) {
  Case(name, Memory::kWarm, [arguments...](benchmark::State& state) {
    W work(arguments...);
    return RunWarm<P>(state, work);
  });
}

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_CASES_HPP
