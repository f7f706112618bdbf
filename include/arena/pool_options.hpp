// SPDX-License-Identifier: Apache-2.0
//
// The options and the statistics of an ArenaPool.
#ifndef ARENA_POOL_OPTIONS_HPP
#define ARENA_POOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory_resource>
#include <string_view>

#if defined(__linux__)
#include <time.h>
#endif

#include "config.hpp"
#include "detail/core/text_line.hpp"
#include "page_resource.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// The default clock. It is exact to some milliseconds, and cheap, because every lease reads it.
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
  /// Upper bound of the bytes that idle arenas hold together. 0 retains none.
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  /// An arena that was idle for this long is freed, unless the same call leases it. 0 retains none.
  std::chrono::nanoseconds max_idle_age = std::chrono::minutes(1);
  /// An arena that holds more is freed at the end of its lease. It is what `retain` is for an arena
  /// without a pool; with 0 every lease gives its memory back, for an upstream that finds stale
  /// pointers.
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  /// What one lease may hold: the `limit` of its arena. A lease that needs more gets
  /// std::bad_alloc.
  std::size_t max_lease_bytes = SIZE_MAX;
  /// How many threads lease without meeting each other: the pool has at most so many shards, one
  /// for each thread that uses it. 0 stands for the number of CPUs; it is at most 64. With 1, idle
  /// arenas are in one order for all threads, which share one lock.
  std::size_t max_shards = 0;
  /// How many keys are remembered; beyond that the least recently used one is forgotten. (With
  /// several shards it is one of those that were not used for some milliseconds, and each shard has
  /// one forgotten per millisecond at most: the leases of other new keys have no key then.) Each
  /// takes about a kilobyte, and a quarter of one more in each shard that uses it.
  std::size_t max_keys = 1024;
  /// The share, from 0 to 1, of a key's latest leases whose need the first buffer holds.
  double quantile = 0.95;
  /// How many of a key's latest leases count; older needs are forgotten.
  std::size_t history = 64;
  /// The pages of an arena that was idle for this long are offered to the kernel.
  std::chrono::nanoseconds offer_after = std::chrono::seconds(1);
  /// When the kernel takes offered pages.
  Reclaim reclaim = Reclaim::kUnderPressure;
  /// The resource that buffers come from; it must be thread-safe and outlive the pool and its
  /// leases. nullptr stands for a PageResource of the pool, the only upstream whose pages are
  /// offered.
  std::pmr::memory_resource* upstream = nullptr;
  /// Options of the pool's PageResource.
  PageResourceOptions pages = {};
  /// One lease in about so many, chosen at random, gets memory from a GuardResource, and that
  /// memory is freed at its end: a use of it afterwards, or beyond the end of a buffer, is a fault,
  /// which a program that called GuardResource::InstallFaultHandler reports with the lease's key.
  /// So it finds in production what tests did not. A guarded lease costs ten to twenty microseconds
  /// and a page fault for each page (bench/guarded_lease.cpp); the others cost nothing. 1: every
  /// lease; 0: none. Its memory does not come from `upstream`. No effect on Windows.
  std::size_t guard_one_in = 0;
  /// The `slot_count` of that GuardResource: how many buffers of guarded leases are in use or in
  /// quarantine. While all are in use, leases are as without a guard.
  std::size_t guard_slots = 256;
  /// What reports call a key, for people; its start is copied while a guarded lease begins.
  /// nullptr, or an empty name: they show its number alone.
  std::string_view (*key_name)(std::uint64_t key) noexcept = nullptr;
  /// Returns the time since any fixed moment. Acquire, return and ShrinkTo call it from any thread
  /// with a lock of the pool held, so it must not use the pool. A jump back counts as no time.
  std::chrono::nanoseconds (*clock)() noexcept = &detail::CoarseNow;
};

/// The figures of an ArenaPool at one moment, over all its shards.
struct ArenaPoolStats {
  std::uint64_t leases = 0;         ///< acquired so far
  std::uint64_t reused = 0;         ///< of these, served by an idle arena
  std::uint64_t returned = 0;       ///< leases that have ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::uint64_t evicted = 0;        ///< arenas freed: too large, too many, too old, a wrong size
  std::uint64_t offered_bytes = 0;  ///< bytes of pages offered to the kernel so far
  std::uint64_t guarded = 0;        ///< leases so far that were guarded (`guard_one_in`)
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t idle = 0;             ///< arenas that wait for a lease
  std::size_t idle_bytes = 0;       ///< bytes that they hold
  std::size_t keys = 0;             ///< keys that are remembered
};

/// The figures of one key of an ArenaPool.
struct ArenaPoolKeyStats {
  std::uint64_t returned = 0;       ///< leases that have ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t prediction = 0;       ///< bytes: the next lease's first buffer holds at least this
};

/// Prints the figures in one line. The stream's flags and locale do not matter; its width applies
/// to the whole line.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolStats& stats) {
  detail::TextLine line;
  line << "leases " << stats.leases << " (" << stats.reused << " reused, " << stats.open
       << " open), " << stats.single_buffer << " of " << stats.returned << " in one buffer, idle "
       << stats.idle << " arenas of " << stats.idle_bytes << " bytes, evicted " << stats.evicted
       << ", offered " << stats.offered_bytes << " bytes, keys " << stats.keys;
  if (stats.guarded != 0) line << ", guarded " << stats.guarded;
  return stream << line.c_str();
}

/// Prints the figures of one key in the same way.
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
