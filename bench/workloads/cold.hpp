// SPDX-License-Identifier: Apache-2.0
//
// 256 MiB of small objects in a process that has had no such memory before.
#ifndef ARENA_BENCH_WORKLOADS_COLD_HPP
#define ARENA_BENCH_WORKLOADS_COLD_HPP

#include <cstddef>

#include "../support/cases.hpp"
#include "small.hpp"

namespace bench {

template <class P>
void RegisterCold() {
  Case("cold/32B/256MiB", Memory::kCold, [](benchmark::State& state) {
    constexpr std::size_t kSize = 32;
    SmallObjects<P, kSize> work((std::size_t{256} << 20) / kSize);
    Figures figures{work.ops(), work.requested()};
    for (auto _ : state) {
      P peer(work.expected());
      work.Fill(peer);
      if constexpr (!Frees<P>) figures.reserved = ReservedFor(peer, work);
      work.Drop(peer);
    }
    return figures;
  })->Iterations(1);
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_COLD_HPP
