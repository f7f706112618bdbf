// SPDX-License-Identifier: Apache-2.0
//
// The idle arenas of a pool: taken by size, evicted by age.
#ifndef ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

#include <array>
#include <cstddef>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "pooled_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Idle arenas in two orders: one list by age, in which those whose pages were offered are the
// oldest; and a list for each size class, the youngest first, of those that can be taken: all but
// those whose pages are just being offered. The arena that was added last is in no list until
// another is added, because a load with one lease at a time would link and unlink it in vain. Every
// call is O(1).
class IdleArenas {
 public:
  std::size_t count() const noexcept { return linked_count_ + (latest_ != nullptr ? 1 : 0); }
  std::size_t bytes() const noexcept {
    return linked_bytes_ + (latest_ != nullptr ? latest_->cap : 0);
  }
  PooledArena* oldest() const noexcept { return oldest_ != nullptr ? oldest_ : latest_; }

  // Returns the oldest arena whose pages are not offered yet, or null.
  PooledArena* oldest_unoffered() const noexcept {
    return oldest_unoffered_ != nullptr ? oldest_unoffered_ : latest_;
  }

  // Takes an arena of min <= cap <= max: the youngest of all if it fits, because its memory is
  // warm; otherwise the youngest of the smallest class. Looks at the first few of each class only,
  // and returns null when none of them fits.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* arena = latest_;
    if (arena == nullptr || !arena->IsWithin(min, max)) [[unlikely]] {
      arena = Find(min, max);
      if (arena == nullptr) return nullptr;
    }
    Remove(arena);
    return arena;
  }

  // Adds an arena as the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) {
      LinkByAge(latest_);
      LinkBySize(latest_);
    }
    latest_ = arena;
  }

  // Removes any arena. EndOffer tells whoever has it on offer.
  void Remove(PooledArena* arena) noexcept {
    if (arena == latest_) {
      latest_ = nullptr;
      return;
    }
    if (oldest_unoffered_ == arena) oldest_unoffered_ = arena->younger;
    (arena->younger != nullptr ? arena->younger->older : youngest_) = arena->older;
    (arena->older != nullptr ? arena->older->younger : oldest_) = arena->younger;
    linked_bytes_ -= arena->cap;
    --linked_count_;
    if (!std::exchange(arena->is_on_offer, false)) UnlinkBySize(arena);
  }

  // Returns the oldest arena whose pages are not offered yet; there is one. Until EndOffer it is
  // idle, but not to be taken.
  PooledArena* BeginOffer() noexcept {
    PooledArena* const arena = oldest_unoffered();
    if (arena == latest_) {
      LinkByAge(arena);
      latest_ = nullptr;
    } else {
      UnlinkBySize(arena);
    }
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

  // Among those in lists.
  ARENA_NOINLINE PooledArena* Find(std::size_t min, std::size_t max) const noexcept {
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

  void LinkByAge(PooledArena* arena) noexcept {
    arena->older = youngest_;
    arena->younger = nullptr;
    (youngest_ != nullptr ? youngest_->younger : oldest_) = arena;
    youngest_ = arena;
    if (oldest_unoffered_ == nullptr) oldest_unoffered_ = arena;
    linked_bytes_ += arena->cap;
    ++linked_count_;
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

  PooledArena* latest_ = nullptr;  // in no list, and younger than all that are
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_unoffered_ = nullptr;  // older ones are offered, younger ones are not
  std::size_t linked_count_ = 0;
  std::size_t linked_bytes_ = 0;
  std::array<PooledArena*, kClasses> by_size_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
