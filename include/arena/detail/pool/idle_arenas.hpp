// SPDX-License-Identifier: Apache-2.0
//
// The idle arenas of a pool: taken by size, evicted by age.
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

// Idle arenas in two orders: a list for each size class, the youngest first; and one list by age,
// in which those whose pages are offered are the oldest. The arena that was added last is in no
// list until another is added, because a load with one lease at a time would link and unlink it in
// vain. Every call is O(1), except AddOffered.
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
    PooledArena* arena = latest_ != nullptr ? latest_ : youngest_;
    if (arena == nullptr) return nullptr;
    if (arena->cap < min || arena->cap > max) [[unlikely]] {
      arena = FindBySize(min, max);
      if (arena == nullptr) return nullptr;
    }
    Remove(arena);
    return arena;
  }

  // Adds an arena as the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) {
      PooledArena* const before = latest_;
      LinkByAge(before, youngest_, nullptr);
      if (oldest_unoffered_ == nullptr) oldest_unoffered_ = before;
      LinkBySize(before);
    }
    latest_ = arena;
  }

  // Puts an arena back that was removed to offer its pages. It becomes the youngest offered one,
  // except for those that were removed after it and put back before. O(number of those).
  void AddOffered(PooledArena* arena) noexcept {
    PooledArena* younger = oldest_unoffered_;
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
    if (oldest_unoffered_ == arena) oldest_unoffered_ = arena->younger;
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

  // Returns the first class from `size_class` on that has an arena, or kClasses.
  std::size_t NextUsed(std::size_t size_class) const noexcept {
    for (std::size_t word = size_class / 64; word < used_.size(); ++word, size_class = word * 64) {
      const std::uint64_t from = used_[word] & (~std::uint64_t{0} << (size_class % 64));
      if (from != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(from));
    }
    return kClasses;
  }

  PooledArena* FindBySize(std::size_t min, std::size_t max) const noexcept {
    constexpr int kLook = 4;
    const std::size_t last = SizeClassBelow(MinOf(max, kMaxSize));
    for (std::size_t size_class = NextUsed(SizeClassBelow(MinOf(min, kMaxSize)));
         size_class <= last; size_class = NextUsed(size_class + 1)) {
      PooledArena* arena = by_size_[size_class];
      for (int i = 0; i < kLook && arena != nullptr; ++i, arena = arena->next_of_size) {
        if (arena->cap >= min && arena->cap <= max) return arena;
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

  PooledArena* latest_ = nullptr;  // in no list, and younger than all that are
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_unoffered_ = nullptr;  // older ones are offered, younger ones are not
  std::size_t linked_count_ = 0;
  std::size_t linked_bytes_ = 0;
  std::array<PooledArena*, kClasses> by_size_{};
  std::array<std::uint64_t, kClasses / 64 + 1> used_{};  // the bits of classes that have an arena
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
