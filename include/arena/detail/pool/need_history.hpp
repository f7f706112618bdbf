// SPDX-License-Identifier: Apache-2.0
//
// The latest needs of a key of a pool, and a quantile of them.
#ifndef ARENA_DETAIL_POOL_NEED_HISTORY_HPP
#define ARENA_DETAIL_POOL_NEED_HISTORY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A quantile of the latest `length` needs. Reading it is O(1). Adding is O(1), or O(length) where
// it changes the quantile.
class NeedHistory {
 public:
  // The quantile is clamped to [0, 1], with NaN as 0, and the length to at least 1. Throws
  // std::bad_alloc.
  NeedHistory(std::size_t length, double quantile)
      : length_(Checked(length)),
        quantile_(quantile),
        needs_(std::make_unique<std::size_t[]>(length_)) {}

  // Adds the latest need in place of the oldest. Returns whether the quantile has changed.
  bool Add(std::size_t need) noexcept {
    const std::size_t oldest = std::exchange(needs_[next_], need);
    next_ = next_ + 1 == length_ ? 0 : next_ + 1;
    if (count_ != length_) [[unlikely]] {
      rank_ = RankOf(++count_);
    } else {
      if (need == oldest) return false;
      below_ -= oldest < value_ ? 1 : 0;
      equal_ -= oldest == value_ ? 1 : 0;
    }
    Count(need);
    return !IsQuantile() && FindQuantile();
  }

  void Clear() noexcept { count_ = rank_ = value_ = below_ = equal_ = next_ = 0; }

  // Returns the smallest need that at least the share `quantile` of the needs do not exceed; 0 when
  // there is none yet.
  std::size_t Quantile() const noexcept { return value_; }

 private:
  static std::size_t Checked(std::size_t length) {
    if (length > kMaxSize / sizeof(std::size_t)) ThrowBadAlloc();
    return MaxOf(length, 1);
  }

  void Count(std::size_t need) noexcept {
    below_ += need < value_ ? 1 : 0;
    equal_ += need == value_ ? 1 : 0;
  }

  // Whether value_ is at rank_ in a sorted list of the needs.
  bool IsQuantile() const noexcept { return below_ <= rank_ && rank_ < below_ + equal_; }

  // Replacing one need moves the quantile to a neighbouring value at most; it may also stay the
  // same.
  ARENA_COLD bool FindQuantile() noexcept {
    const std::size_t before = value_;
    while (!IsQuantile()) {
      const bool up = rank_ >= below_;
      std::size_t next = up ? SIZE_MAX : 0;
      ForEach([&](std::size_t need) {
        if (up ? need > value_ && need < next : need < value_ && need > next) next = need;
      });
      value_ = next;
      below_ = equal_ = 0;
      ForEach([&](std::size_t need) { Count(need); });
    }
    return value_ != before;
  }

  template <class Visit>
  void ForEach(Visit visit) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) visit(needs_[i]);
  }

  std::size_t RankOf(std::size_t count) const noexcept {
    const double rank = quantile_ * static_cast<double>(count);
    if (!(rank > 0)) return 0;
    if (rank >= static_cast<double>(count)) return count - 1;
    const auto below = static_cast<std::size_t>(rank);
    // MinOf also bounds the rank that a NaN gives: -ffast-math may drop the two checks above.
    return MinOf(static_cast<double>(below) < rank ? below : below - 1, count - 1);
  }

  std::size_t length_;
  double quantile_;
  std::size_t count_ = 0;                 // how many needs there are, <= length_
  std::size_t rank_ = 0;                  // index of the quantile in a sorted list of the needs
  std::size_t value_ = 0;                 // the quantile
  std::size_t below_ = 0;                 // how many needs are less than value_
  std::size_t equal_ = 0;                 // how many needs are equal to value_
  std::size_t next_ = 0;                  // index for the next need; of the oldest if all are there
  std::unique_ptr<std::size_t[]> needs_;  // a ring in the order of arrival
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_NEED_HISTORY_HPP
