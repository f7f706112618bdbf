// SPDX-License-Identifier: Apache-2.0
//
// The arenas of a pool; the idle ones are taken by size and evicted by age.
#ifndef ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_arena.hpp"
#include "../../page_resource.hpp"
#include "../core/align.hpp"
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
    need = TakeHighWater() + 16 * (fit ? 1 : Stats().buffers) + PoolSettings::kOverhead;
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
  PoolKey* key = nullptr;        // null: none
  std::uint64_t key_number = 0;  // PoolKey::number at the time

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

  // See ArenaErrands.
  PooledArena* next_errand = nullptr;
  PoolShard* offered_by = nullptr;
};

// Idle arenas in two orders: one list by age, in which those whose pages were offered are the
// oldest; and a list for each size class, the youngest first, of those that can be taken: all but
// those whose pages are just being offered. The arena that was added last is in no list until
// another is added, because a load with one lease at a time would link and unlink it in vain. Every
// call is O(1).
class IdleArenas {
 public:
  std::size_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_; }
  PooledArena* oldest() const noexcept { return oldest_ != nullptr ? oldest_ : latest_; }

  // Returns the oldest arena whose pages are not offered yet, or null.
  PooledArena* oldest_unoffered() const noexcept {
    return oldest_unoffered_ != nullptr ? oldest_unoffered_ : latest_;
  }

  // Takes an arena of min <= cap <= max: the youngest of all if it fits, because its memory is
  // warm; otherwise the youngest of the smallest class. Looks at the first few of each class only,
  // and returns null when none of them fits.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = latest_;
    if (arena == nullptr || !arena->IsWithin(min, max)) [[unlikely]]
      return TakeLinked(min, max);
    latest_ = nullptr;
    Uncount(arena);
    return arena;
  }

  // Adds an arena as the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) LinkLatest();
    latest_ = arena;
    bytes_ += arena->cap;
    ++count_;
  }

  // Removes any arena. Returns whether it is on offer: then EndOffer tells whoever offers it.
  bool Remove(PooledArena* arena) noexcept {
    if (arena == latest_) LinkLatest();
    if (oldest_unoffered_ == arena) oldest_unoffered_ = arena->younger;
    (arena->younger != nullptr ? arena->younger->older : youngest_) = arena->older;
    (arena->older != nullptr ? arena->older->younger : oldest_) = arena->younger;
    Uncount(arena);
    if (std::exchange(arena->is_on_offer, false)) return true;
    UnlinkBySize(arena);
    return false;
  }

  // Returns the oldest arena whose pages are not offered yet; there is one. Until EndOffer it is
  // idle, but not to be taken.
  PooledArena* BeginOffer() noexcept {
    if (oldest_unoffered_ == nullptr) LinkLatest();
    PooledArena* const arena = oldest_unoffered_;
    UnlinkBySize(arena);
    oldest_unoffered_ = arena->younger;
    arena->is_on_offer = true;
    return arena;
  }

  // Returns whether the arena is still idle; otherwise it is the caller's.
  bool EndOffer(PooledArena* arena) noexcept {
    if (!std::exchange(arena->is_on_offer, false)) return false;
    LinkBySize(arena);
    return true;
  }

 private:
  static constexpr std::size_t kClasses = SizeClassAbove(kMaxSize) + 1;

  void Uncount(const PooledArena* arena) noexcept {
    bytes_ -= arena->cap;
    --count_;
  }

  ARENA_NOINLINE PooledArena* TakeLinked(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = FindFit(min, max);
    if (arena != nullptr) Remove(arena);
    return arena;
  }

  PooledArena* FindFit(std::size_t min, std::size_t max) const noexcept {
    if (latest_ == nullptr && youngest_ != nullptr && !youngest_->is_on_offer &&
        youngest_->IsWithin(min, max)) {
      return youngest_;
    }
    constexpr int kLook = 4;
    const std::size_t last = SizeClassBelow(MinOf(max, kMaxSize));
    for (std::size_t i = SizeClassBelow(MinOf(min, kMaxSize)); i <= last; ++i) {
      PooledArena* arena = by_size_[i];
      for (int looks = 0; looks < kLook && arena != nullptr; ++looks, arena = arena->next_of_size) {
        if (arena->IsWithin(min, max)) return arena;
      }
    }
    return nullptr;
  }

  void LinkLatest() noexcept {
    PooledArena* const arena = std::exchange(latest_, nullptr);
    arena->older = youngest_;
    arena->younger = nullptr;
    (youngest_ != nullptr ? youngest_->younger : oldest_) = arena;
    youngest_ = arena;
    if (oldest_unoffered_ == nullptr) oldest_unoffered_ = arena;
    LinkBySize(arena);
  }

  void LinkBySize(PooledArena* arena) noexcept {
    PooledArena*& first = by_size_[SizeClassBelow(arena->cap)];
    arena->next_of_size = first;
    arena->place_of_size = &first;
    if (first != nullptr) first->place_of_size = &arena->next_of_size;
    first = arena;
  }

  static void UnlinkBySize(PooledArena* arena) noexcept {
    PooledArena* const next = arena->next_of_size;
    *arena->place_of_size = next;
    if (next != nullptr) next->place_of_size = arena->place_of_size;
  }

  std::size_t count_ = 0;
  PooledArena* latest_ = nullptr;  // in no list, and younger than all that are
  std::size_t bytes_ = 0;
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_unoffered_ = nullptr;  // older ones are offered, younger ones are not
  std::array<PooledArena*, kClasses> by_size_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
