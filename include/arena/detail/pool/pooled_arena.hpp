// SPDX-License-Identifier: Apache-2.0
//
// An arena of a pool.
#ifndef ARENA_DETAIL_POOL_POOLED_ARENA_HPP
#define ARENA_DETAIL_POOL_POOLED_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_arena.hpp"
#include "../../page_resource.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class PoolShard;

// Leased or idle. It shares no line with another, because each is written by its thread.
class alignas(kApart) PooledArena final : public MonotonicArena {
 public:
  using MonotonicArena::MonotonicArena;
  using MonotonicArena::TryReserve;
  ~PooledArena() override { Release(); }  // as long as there is `guard`

  // Runs the cleanups, resets, and measures what the lease needed.
  void EndLease() noexcept {
    MonotonicArena::DoClear(Retention::kRetain);
    // One buffer, and not one for a single large request: it is the window from end to end.
    const std::size_t bytes = MonotonicArena::Cap();
    fit = bytes != 0 && window().Room() == bytes;
    need = TakeHighWater() + 16 * (fit ? 1 : Stats().buffers) + LeaseSizing::kOverhead;
    cap = fit && guard == nullptr ? bytes : SIZE_MAX;
  }

  bool IsWithin(std::size_t min, std::size_t max) const noexcept {
    return min <= cap && cap <= max;
  }

  // Offers the whole pages of an idle arena behind its chunk's header; returns how many bytes it
  // offered.
  std::size_t OfferPages(Reclaim reclaim) const noexcept {
    return PageResource::Offer(window().cursor(), window().Room(), reclaim);
  }

  // Of a guarded lease: where the arena's memory comes from.
  std::unique_ptr<std::pmr::memory_resource> guard{};

  // While leased.
  std::uint64_t key_id = 0;
  std::uint64_t key_number = 0;  // PoolKey::number at the time; 0: no key

  // Of the latest lease, and of the arena while it is idle.
  std::size_t cap = 0;   // bytes of the buffer; SIZE_MAX: not to be retained
  std::size_t need = 0;  // a first buffer of that size would have sufficed
  bool fit = false;      // whether one buffer sufficed

  // Of IdleArenas.
  bool is_on_offer = false;
  std::uint64_t since = 0;  // in PoolTime: when it became idle
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena** place_of_size = nullptr;

  // Of ArenaErrands.
  PooledArena* next_errand = nullptr;
  PoolShard* offered_by = nullptr;  // null: it is to be destroyed
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOLED_ARENA_HPP
