// SPDX-License-Identifier: Apache-2.0
//
// What tests of ArenaPool share: a clock that a test sets, and requests of seeded random sizes.
#ifndef ARENA_TESTS_SUPPORT_POOLS_HPP
#define ARENA_TESTS_SUPPORT_POOLS_HPP

#include <algorithm>
#include <arena/pool.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "support/checking_resource.hpp"

namespace arena_test {

// The clock of every pool whose options name Now. A test that uses it starts it anew.
class FakeClock {
 public:
  static std::chrono::nanoseconds Now() noexcept { return std::chrono::nanoseconds(now_.load()); }
  static void Set(std::chrono::nanoseconds now) noexcept { now_.store(now.count()); }
  static void Advance(std::chrono::nanoseconds step) noexcept { now_.fetch_add(step.count()); }

 private:
  static inline std::atomic<std::int64_t> now_{0};
};

// Options with the fake clock, which starts at an hour, so that it can jump back.
inline arena::ArenaPoolOptions WithFakeClock() {
  FakeClock::Set(std::chrono::hours(1));
  arena::ArenaPoolOptions options;
  options.clock = &FakeClock::Now;
  return options;
}

// Makes this thread the one that uses the shard of that number, from 0, of every pool that has so many.
// A pool makes its shards as threads come: so one thread can play many, in an order of its own.
inline void PlayThread(std::size_t number) { arena::detail::pool_thread.place = 1 + number; }

// The least an arena of a pool holds: a page, less what its chunk needs beside the usable bytes.
inline std::size_t SmallestArena() {
  return arena::PageResource::PageSize() - arena::detail::Chunk::BlockBytes(0);
}

// `count` log-normal sizes. Made by hand: the standard's distributions differ between libraries.
inline std::vector<std::size_t> LogNormalSizes(std::uint64_t seed, std::size_t count, double median,
                                               double sigma) {
  std::mt19937_64 random(seed);
  const auto uniform = [&random] {  // in (0, 1)
    return (static_cast<double>(random() >> 12) + 0.5) / 4503599627370496.0;
  };
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < count; ++i) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double normal = radius * std::cos(2 * 3.14159265358979323846 * uniform());
    sizes.push_back(1 + static_cast<std::size_t>(median * std::exp(sigma * normal)));
  }
  return sizes;
}

// The smallest of the values that 95 % of them do not pass.
inline std::size_t Percentile95(std::vector<std::size_t> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() * 95 + 99) / 100 - 1];
}

// Whether upstream has given a pool what its open leases hold and what is idle, and no more than `overhead`
// beside each buffer.
template <class Open>
bool IsAccountedFor(const CheckingResource& upstream, const arena::ArenaPoolStats& stats,
                    const std::vector<Open>& open, std::size_t overhead) {
  std::size_t held = stats.idle_bytes;
  std::size_t buffers = stats.idle;
  for (const Open& each : open) {
    held += each.lease->Cap();
    buffers += each.lease->Stats().buffers;
  }
  return upstream.LiveBlocks() == buffers && upstream.LiveBytes() >= held &&
         upstream.LiveBytes() <= held + overhead * buffers;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_POOLS_HPP
