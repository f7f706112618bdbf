// SPDX-License-Identifier: Apache-2.0
//
// The program around the cases of one peer.
#include <benchmark/benchmark.h>

#include "cases.hpp"
#include "peer.hpp"

void bench::Report(benchmark::State& state, const Figures& figures) {
  state.counters["ops"] = static_cast<double>(figures.ops);
  state.counters["requested"] = static_cast<double>(figures.requested);
  if (figures.reserved) state.counters["reserved"] = static_cast<double>(*figures.reserved);
}

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::RegisterPeer();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
