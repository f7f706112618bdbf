// SPDX-License-Identifier: Apache-2.0
//
// What goes into an ArenaPool, its options, and what can be read off it, its statistics.
#ifndef ARENA_POOL_OPTIONS_HPP
#define ARENA_POOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory_resource>

#if defined(__linux__)
#include <time.h>
#endif

#include "config.hpp"
#include "detail/core/text_line.hpp"
#include "page_resource.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// A clock that is read at every lease and has to be exact to some milliseconds only.
inline std::chrono::nanoseconds CoarseNow() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
#else
  return std::chrono::steady_clock::now().time_since_epoch();
#endif
}

}  // namespace detail

/// The bounds of an ArenaPool. Sizes are in bytes.
struct ArenaPoolOptions {
  /// Idle arenas hold at most this much together. 0: none is kept.
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  /// An arena that was idle for this long is given up, unless that very call leases it. 0: none is
  /// kept.
  std::chrono::nanoseconds max_idle_age = std::chrono::minutes(1);
  /// An arena that holds more is given up at the end of its lease.
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  /// What one lease may hold: the `limit` of its arena. A lease that needs more gets std::bad_alloc.
  std::size_t max_lease_bytes = SIZE_MAX;
  /// The needs of at most this many keys are remembered; the key not used for longest is forgotten.
  std::size_t max_keys = 1024;
  /// The share of a key's latest leases whose need fits the first buffer, from 0 to 1.
  double quantile = 0.95;
  /// How many of a key's latest leases count: older needs are forgotten.
  std::size_t history = 64;
  /// The pages of an arena that was idle for this long are offered to the kernel.
  std::chrono::nanoseconds offer_after = std::chrono::seconds(1);
  /// What offered pages become.
  Reclaim reclaim = Reclaim::kUnderPressure;
  /// Where the buffers come from; thread-safe, outlives the pool and its leases. nullptr: a
  /// PageResource of the pool's own, the only upstream whose pages are offered.
  std::pmr::memory_resource* upstream = nullptr;
  /// For the pool's own PageResource.
  PageResourceOptions pages = {};
  /// The time since any fixed moment, read by Acquire, return and ShrinkTo: from any thread, with
  /// the pool's lock held, so it does not use the pool. A jump back counts as no time at all.
  std::chrono::nanoseconds (*clock)() noexcept = &detail::CoarseNow;
};

/// What an ArenaPool did and holds, at one moment.
struct ArenaPoolStats {
  std::uint64_t leases = 0;         ///< acquired so far
  std::uint64_t reused = 0;         ///< of these, served by an idle arena
  std::uint64_t returned = 0;       ///< ended so far
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::uint64_t evicted = 0;        ///< arenas given up: too large, too many, too old, a wrong size
  std::uint64_t offered_bytes = 0;  ///< bytes of pages offered to the kernel so far
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t idle = 0;             ///< arenas waiting
  std::size_t idle_bytes = 0;       ///< what they hold
  std::size_t keys = 0;             ///< keys remembered
};

/// What an ArenaPool knows of one key.
struct ArenaPoolKeyStats {
  std::uint64_t returned = 0;       ///< leases ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t prediction = 0;       ///< bytes: the next lease's first buffer holds at least this
};

/// Prints the figures in one line. Flags and locale of the stream do not matter; a width is that of
/// the whole line.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolStats& stats) {
  detail::TextLine line;
  line << "leases " << stats.leases << " (" << stats.reused << " reused, " << stats.open
       << " open), " << stats.single_buffer << " of " << stats.returned << " in one buffer, idle "
       << stats.idle << " arenas of " << stats.idle_bytes << " bytes, evicted " << stats.evicted
       << ", offered " << stats.offered_bytes << " bytes, keys " << stats.keys;
  return stream << line.c_str();
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolKeyStats& stats) {
  detail::TextLine line;
  line << stats.single_buffer << " of " << stats.returned << " leases in one buffer, " << stats.open
       << " open, prediction " << stats.prediction << " bytes";
  return stream << line.c_str();
}

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_OPTIONS_HPP
