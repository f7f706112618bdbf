// SPDX-License-Identifier: Apache-2.0
//
// The arenas that a pool keeps for later: found by size, given up by age.
#ifndef ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "pooled_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Idle arenas in two orders: lists of one size class, the latest first; and one list by age. Those
// whose pages are offered are the oldest. The one added last is in no list until another comes: a
// load with one lease at a time would link and unlink it in vain. Every call is O(1), AddOffered
// nearly so.
class IdleArenas {
 public:
  std::size_t count() const noexcept { return linked_count_ + (latest_ != nullptr ? 1 : 0); }
  std::size_t bytes() const noexcept {
    return linked_bytes_ + (latest_ != nullptr ? latest_->cap : 0);
  }
  PooledArena* oldest() const noexcept { return oldest_ != nullptr ? oldest_ : latest_; }

  // The oldest whose pages are not offered yet; null when there is none.
  PooledArena* oldest_kept() const noexcept {
    return oldest_kept_ != nullptr ? oldest_kept_ : latest_;
  }

  // Takes an arena of least <= cap <= most: the youngest of all if it fits, for it is the warmest;
  // else the youngest of the smallest class. Null when there is none among the first few of each
  // class.
  PooledArena* Take(std::size_t least, std::size_t most) noexcept {
    PooledArena* arena = latest_ != nullptr ? latest_ : youngest_;
    if (arena == nullptr) return nullptr;
    if (arena->cap < least || arena->cap > most) [[unlikely]] {
      arena = FindBySize(least, most);
      if (arena == nullptr) return nullptr;
    }
    Remove(arena);
    return arena;
  }

  // Adds the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) {
      PooledArena* const before = latest_;
      LinkByAge(before, youngest_, nullptr);
      if (oldest_kept_ == nullptr) oldest_kept_ = before;
      LinkBySize(before);
    }
    latest_ = arena;
  }

  // Puts one back that was removed to offer its pages: it is the youngest of those, but for ones
  // that were removed after it and are back already. O(their number).
  void AddOffered(PooledArena* arena) noexcept {
    PooledArena* younger = oldest_kept_;
    PooledArena* older = younger != nullptr ? younger->older : youngest_;
    for (; older != nullptr && older->since > arena->since; older = older->older) younger = older;
    LinkByAge(arena, older, younger);
    LinkBySize(arena);
  }

  void Remove(PooledArena* arena) noexcept {
    if (arena == latest_) {
      latest_ = nullptr;
      return;
    }
    if (oldest_kept_ == arena) oldest_kept_ = arena->younger;
    (arena->younger != nullptr ? arena->younger->older : youngest_) = arena->older;
    (arena->older != nullptr ? arena->older->younger : oldest_) = arena->younger;
    if (arena->next_of_size != nullptr) arena->next_of_size->prev_of_size = arena->prev_of_size;
    if (arena->prev_of_size != nullptr) {
      arena->prev_of_size->next_of_size = arena->next_of_size;
    } else {
      by_size_[arena->size_class] = arena->next_of_size;
      if (arena->next_of_size == nullptr) used_[arena->size_class / 64] &= ~Bit(arena->size_class);
    }
    linked_bytes_ -= arena->cap;
    --linked_count_;
  }

 private:
  static constexpr std::size_t kClasses = SizeClassAbove(kMaxSize) + 1;

  static std::uint64_t Bit(std::size_t size_class) noexcept {
    return std::uint64_t{1} << (size_class % 64);
  }

  // The first class from `size_class` on that has an arena; kClasses when none has.
  std::size_t NextUsed(std::size_t size_class) const noexcept {
    for (std::size_t word = size_class / 64; word < used_.size(); ++word, size_class = word * 64) {
      const std::uint64_t from = used_[word] & (~std::uint64_t{0} << (size_class % 64));
      if (from != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(from));
    }
    return kClasses;
  }

  PooledArena* FindBySize(std::size_t least, std::size_t most) const noexcept {
    constexpr int kLook = 4;
    const std::size_t last = SizeClassBelow(MinOf(most, kMaxSize));
    for (std::size_t size_class = NextUsed(SizeClassBelow(MinOf(least, kMaxSize)));
         size_class <= last; size_class = NextUsed(size_class + 1)) {
      PooledArena* arena = by_size_[size_class];
      for (int i = 0; i < kLook && arena != nullptr; ++i, arena = arena->next_of_size) {
        if (arena->cap >= least && arena->cap <= most) return arena;
      }
    }
    return nullptr;
  }

  void LinkByAge(PooledArena* arena, PooledArena* older, PooledArena* younger) noexcept {
    arena->older = older;
    arena->younger = younger;
    (younger != nullptr ? younger->older : youngest_) = arena;
    (older != nullptr ? older->younger : oldest_) = arena;
  }

  void LinkBySize(PooledArena* arena) noexcept {
    const std::size_t size_class = SizeClassBelow(arena->cap);
    PooledArena*& first = by_size_[size_class];
    arena->size_class = size_class;
    arena->prev_of_size = nullptr;
    arena->next_of_size = first;
    if (first != nullptr) first->prev_of_size = arena;
    first = arena;
    used_[size_class / 64] |= Bit(size_class);
    linked_bytes_ += arena->cap;
    ++linked_count_;
  }

  PooledArena* latest_ = nullptr;  // younger than all in the lists
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_kept_ = nullptr;  // older ones are offered, younger ones are not
  std::size_t linked_count_ = 0;
  std::size_t linked_bytes_ = 0;
  std::array<PooledArena*, kClasses> by_size_{};
  std::array<std::uint64_t, kClasses / 64 + 1> used_{};  // one bit for each class that has an arena
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
