// SPDX-License-Identifier: Apache-2.0
//
// An arena of a pool.
#ifndef ARENA_DETAIL_POOL_POOLED_ARENA_HPP
#define ARENA_DETAIL_POOL_POOLED_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>

#include "../../config.hpp"
#include "../../monotonic_arena.hpp"
#include "../../page_resource.hpp"
#include "lease_sizes.hpp"
#include "pool_keys.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class PoolShard;

// Measured at the end of a lease.
struct LeaseFigures {
  std::size_t need;  // a first buffer of that size would have sufficed
  std::size_t cap;   // bytes of the buffers
  bool fit;          // whether one buffer sufficed
};

// Leased or idle. It shares no line with another, because each is written by its thread.
class alignas(kApart) PooledArena final : public MonotonicArena {
 public:
  using MonotonicArena::MonotonicArena;

  // Requires that nothing was allocated since Reset.
  LeaseFigures Measure() noexcept {
    // One buffer, and not one for a single large request: it is the window from end to end.
    const std::size_t bytes = MonotonicArena::Cap();
    const bool fit = bytes != 0 && window().Room() == bytes;
    const std::size_t buffers = fit ? 1 : Stats().buffers;
    return {TakeHighWater() + 16 * buffers + LeaseSizing::kOverhead, bytes, fit};
  }

  // Offers the whole pages of an idle arena behind its chunk's header; returns how many bytes it
  // offered.
  std::size_t OfferPages(Reclaim reclaim) const noexcept {
    return PageResource::Offer(window().cursor(), window().Room(), reclaim);
  }

  // Of a guarded lease: where the arena's memory comes from, to be destroyed after the arena.
  std::unique_ptr<std::pmr::memory_resource> guard{};

  // While leased.
  std::uint64_t key_id = 0;
  std::uint64_t key_number = 0;  // PoolKey::number at the time; 0: no key

  // Set when the arena becomes idle.
  std::size_t cap = 0;
  std::uint64_t since = 0;  // in PoolTime
  // Used while the arena is in the lists of IdleArenas. PendingDelete and offers link by `older`,
  // too.
  std::size_t size_class = 0;
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
  // While its pages are being offered.
  PoolShard* shard = nullptr;
  std::uint64_t offer_round = 0;  // PoolShard::offer_round at its start
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOLED_ARENA_HPP
