// SPDX-License-Identifier: Apache-2.0
//
// The heap of a process that has run for a while: many blocks of many sizes were freed in random
// order between others that are still there. Cases of other workloads are repeated on it.
#ifndef ARENA_BENCH_WORKLOADS_AGED_HPP
#define ARENA_BENCH_WORKLOADS_AGED_HPP

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "../support/cases.hpp"
#include "../support/sizes.hpp"
#include "mixed.hpp"
#include "small.hpp"

namespace bench {

/// Ages the heap once in a process; the blocks that stay are never freed.
inline void AgeHeap() {
  static std::vector<void*> blocks;
  if (!blocks.empty()) return;
  Random random(20250613);
  blocks.resize(400'000);
  for (void*& block : blocks) {
    block = std::malloc(random.Between(8, 256));
    if (block == nullptr) throw std::bad_alloc();
  }
  for (std::size_t i = blocks.size() - 1; i > 0; --i) {
    std::swap(blocks[i], blocks[random.Between(0, i)]);
  }
  const std::size_t keep = blocks.size() / 10;
  for (std::size_t i = keep; i < blocks.size(); ++i) std::free(blocks[i]);
  blocks.resize(keep);
}

template <class P, class W, class... Arguments>
void AgedCase(const char* name, Arguments... arguments) {
  Case(name, Memory::kWarm, [arguments...](benchmark::State& state) {
    AgeHeap();
    W work(arguments...);
    return RunWarm<P>(state, work);
  });
}

template <class P>
void RegisterAged() {
  AgedCase<P, SmallObjects<P, 16>>("aged/small/16B/10k", std::size_t{10'000});
  AgedCase<P, SmallObjects<P, 64>>("aged/small/64B/1M", std::size_t{1'000'000});
  AgedCase<P, MixedRequest<P>>("aged/mixed/align16", MixedRequests(1000, 1, 512, 16));
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_AGED_HPP
