// SPDX-License-Identifier: Apache-2.0
//
// Rounds of 64 MiB in small objects, each with a Reset that retains all of it, or 1 MiB.
#ifndef ARENA_BENCH_WORKLOADS_RETAIN_HPP
#define ARENA_BENCH_WORKLOADS_RETAIN_HPP

#include <cstddef>
#include <cstdint>

#include "../support/cases.hpp"
#include "small.hpp"

namespace bench {

/// What Reset retains at most; a peer that is made from it serves this workload.
struct Retain {
  std::size_t bytes;
};

template <class P>
void RegisterRetain() {
  struct Kind {
    const char* name;
    std::size_t bytes;
  };
  for (const Kind kind :
       {Kind{"retain/all", SIZE_MAX}, Kind{"retain/1MiB", std::size_t{1} << 20}}) {
    Case(kind.name, Memory::kWarm, [kind](benchmark::State& state) {
      constexpr std::size_t kSize = 32;
      SmallObjects<P, kSize> work((std::size_t{64} << 20) / kSize);
      P peer(Retain{kind.bytes});
      work.Fill(peer);
      const Figures figures{work.ops(), work.requested(), ReservedFor(peer, work)};
      work.Drop(peer);
      for (auto _ : state) {
        work.Fill(peer);
        work.Drop(peer);
      }
      return figures;
    });
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_RETAIN_HPP
