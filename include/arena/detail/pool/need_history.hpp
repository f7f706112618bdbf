// SPDX-License-Identifier: Apache-2.0
//
// The latest needs of one key of a pool, and one quantile of them.
#ifndef ARENA_DETAIL_POOL_NEED_HISTORY_HPP
#define ARENA_DETAIL_POOL_NEED_HISTORY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// One quantile of the latest `length` needs. Reading is O(1); so is adding, but where the quantile
// changes: then it is O(length).
class NeedHistory {
 public:
  // The quantile is from 0 to 1; what is outside counts as the nearest of the two, NaN as 0. A
  // length of 0 counts as 1. Throws std::bad_alloc.
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
    below_ += need < value_ ? 1 : 0;
    equal_ += need == value_ ? 1 : 0;
    return !IsQuantile() && FindQuantile();
  }

  // The smallest need which at least that share of them does not pass; 0 when there is none yet.
  std::size_t Quantile() const noexcept { return value_; }

 private:
  static std::size_t Checked(std::size_t length) {
    if (length > kMaxSize / sizeof(std::size_t)) ThrowBadAlloc();
    return MaxOf(length, 1);
  }

  // Whether value_ is what a sorted list of the needs has at rank_.
  bool IsQuantile() const noexcept { return below_ <= rank_ && rank_ < below_ + equal_; }

  // One need more and one less: the quantile is a neighbour of what it was, or the same after all.
  ARENA_COLD bool FindQuantile() noexcept {
    const std::size_t before = value_;
    while (rank_ < below_) StepDown();
    while (rank_ >= below_ + equal_) StepUp();
    return value_ != before;
  }

  // To the largest need below value_, of which there is one.
  void StepDown() noexcept {
    std::size_t largest = 0;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t need = needs_[i];
      if (need >= value_ || need < largest) continue;
      equal = need == largest ? equal + 1 : 1;
      largest = need;
    }
    below_ -= equal;
    equal_ = equal;
    value_ = largest;
  }

  // To the smallest need above value_, of which there is one.
  void StepUp() noexcept {
    std::size_t smallest = SIZE_MAX;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t need = needs_[i];
      if (need <= value_ || need > smallest) continue;
      equal = need == smallest ? equal + 1 : 1;
      smallest = need;
    }
    below_ += equal_;
    equal_ = equal;
    value_ = smallest;
  }

  std::size_t RankOf(std::size_t count) const noexcept {
    const double rank = quantile_ * static_cast<double>(count);
    if (!(rank > 0)) return 0;
    if (rank >= static_cast<double>(count)) return count - 1;
    const auto below = static_cast<std::size_t>(rank);
    // Less than count also for a rank that is no number: -ffast-math drops the two checks above.
    return MinOf(static_cast<double>(below) < rank ? below : below - 1, count - 1);
  }

  std::size_t length_;
  double quantile_;
  std::size_t count_ = 0;                 // <= length_
  std::size_t rank_ = 0;                  // of the quantile among the needs, sorted
  std::size_t value_ = 0;                 // the quantile
  std::size_t below_ = 0;                 // needs that are less
  std::size_t equal_ = 0;                 // and those that are the same
  std::size_t next_ = 0;                  // where the next one goes; the oldest, once it is full
  std::unique_ptr<std::size_t[]> needs_;  // in the order of arrival, as a ring
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_NEED_HISTORY_HPP
