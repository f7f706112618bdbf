// SPDX-License-Identifier: Apache-2.0
//
// The arenas that a pool keeps for later: found by size, given up by age.
#ifndef ARENA_DETAIL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_IDLE_ARENAS_HPP

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "../config.hpp"
#include "../monotonic_arena.hpp"
#include "align.hpp"
#include "assert.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey;

// An arena of a pool, leased or idle.
struct PooledArena {
  explicit PooledArena(const MonotonicArenaOptions& options) : arena(options) {}

  MonotonicArena arena;
  PoolKey* key = nullptr;  // while leased

  // While idle.
  std::size_t cap = 0;
  std::size_t classed_cap = 0;  // what size_class was computed for
  std::size_t size_class = 0;
  std::chrono::nanoseconds since{};
  bool offered = false;  // its pages may be taken by the kernel
  PooledArena* larger_age = nullptr;
  PooledArena* smaller_age = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
};

// Arenas on their way out, destroyed when no lock is held.
class DoomedArenas {
 public:
  DoomedArenas() = default;
  ~DoomedArenas() {
    if (first_ != nullptr) [[unlikely]]
      DestroyAll();
  }
  DoomedArenas(const DoomedArenas&) = delete;
  DoomedArenas& operator=(const DoomedArenas&) = delete;

  void Add(PooledArena* arena) noexcept {
    arena->larger_age = first_;
    first_ = arena;
  }

 private:
  ARENA_COLD void DestroyAll() noexcept {
    while (PooledArena* const arena = first_) {
      first_ = arena->larger_age;
      delete arena;
    }
  }
  PooledArena* first_ = nullptr;
};

// Idle arenas in two orders: lists of one size class, the latest first; and one list by age. Those
// whose pages are offered are the oldest. Everything but giving all up is O(1).
class IdleArenas {
 public:
  std::size_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_; }
  PooledArena* oldest() const noexcept { return oldest_; }

  // The oldest whose pages are not offered yet; null when there is none.
  PooledArena* oldest_kept() const noexcept { return oldest_kept_; }

  // Takes an arena of least <= cap <= most, the latest of the smallest class; null when there is
  // none among the first few of each class.
  PooledArena* Take(std::size_t least, std::size_t most) noexcept {
    constexpr int kLook = 4;
    // The warmest first: it is the one a steady load wants.
    if (youngest_ != nullptr && youngest_->cap >= least && youngest_->cap <= most) {
      PooledArena* const arena = youngest_;
      Remove(arena);
      return arena;
    }
    const std::size_t last = SizeClassBelow(most);
    for (std::size_t size_class = NextUsed(SizeClassBelow(least)); size_class <= last;
         size_class = NextUsed(size_class + 1)) {
      PooledArena* arena = by_size_[size_class];
      for (int i = 0; i < kLook && arena != nullptr; ++i, arena = arena->next_of_size) {
        if (arena->cap >= least && arena->cap <= most) {
          Remove(arena);
          return arena;
        }
      }
    }
    return nullptr;
  }

  // Adds the youngest.
  void Add(PooledArena* arena) noexcept {
    arena->offered = false;
    arena->smaller_age = nullptr;
    arena->larger_age = youngest_;
    (youngest_ != nullptr ? youngest_->smaller_age : oldest_) = arena;
    youngest_ = arena;
    if (oldest_kept_ == nullptr) oldest_kept_ = arena;
    LinkBySize(arena);
  }

  // Puts one back that was removed to offer its pages: it is the youngest of those.
  void AddOffered(PooledArena* arena) noexcept {
    arena->offered = true;
    arena->smaller_age = oldest_kept_;
    arena->larger_age = oldest_kept_ != nullptr ? oldest_kept_->larger_age : youngest_;
    (arena->smaller_age != nullptr ? arena->smaller_age->larger_age : youngest_) = arena;
    (arena->larger_age != nullptr ? arena->larger_age->smaller_age : oldest_) = arena;
    LinkBySize(arena);
  }

  void Remove(PooledArena* arena) noexcept {
    if (oldest_kept_ == arena) oldest_kept_ = arena->smaller_age;
    (arena->smaller_age != nullptr ? arena->smaller_age->larger_age : youngest_) =
        arena->larger_age;
    (arena->larger_age != nullptr ? arena->larger_age->smaller_age : oldest_) = arena->smaller_age;
    if (arena->next_of_size != nullptr) arena->next_of_size->prev_of_size = arena->prev_of_size;
    if (arena->prev_of_size != nullptr) {
      arena->prev_of_size->next_of_size = arena->next_of_size;
    } else {
      by_size_[arena->size_class] = arena->next_of_size;
      if (arena->next_of_size == nullptr) used_[arena->size_class / 64] &= ~Bit(arena->size_class);
    }
    bytes_ -= arena->cap;
    --count_;
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

  void LinkBySize(PooledArena* arena) noexcept {
    if (arena->classed_cap != arena->cap) {
      arena->classed_cap = arena->cap;
      arena->size_class = SizeClassBelow(arena->cap);
    }
    const std::size_t size_class = arena->size_class;
    PooledArena*& first = by_size_[size_class];
    arena->prev_of_size = nullptr;
    arena->next_of_size = first;
    if (first != nullptr) first->prev_of_size = arena;
    first = arena;
    used_[size_class / 64] |= Bit(size_class);
    bytes_ += arena->cap;
    ++count_;
  }

  std::array<PooledArena*, kClasses> by_size_{};
  std::array<std::uint64_t, kClasses / 64 + 1> used_{};  // one bit for each class that has an arena
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_kept_ = nullptr;  // older ones are offered, younger ones are not
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_IDLE_ARENAS_HPP
