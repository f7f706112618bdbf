// SPDX-License-Identifier: Apache-2.0
//
// The latest needs of one key of a pool, and one quantile of them.
#ifndef ARENA_DETAIL_NEED_HISTORY_HPP
#define ARENA_DETAIL_NEED_HISTORY_HPP

#include <algorithm>
#include <cstddef>
#include <memory>

#include "../config.hpp"
#include "align.hpp"
#include "assert.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// One quantile of the latest `length` needs. Adding is O(length), reading O(1).
class NeedHistory {
 public:
  // The quantile is from 0 to 1; what is outside counts as the nearest of the two, NaN as 0. A
  // length of 0 counts as 1. Throws std::bad_alloc.
  NeedHistory(std::size_t length, double quantile)
      : length_(Checked(length)),
        quantile_(quantile),
        in_order_(std::make_unique<std::size_t[]>(length_)),
        sorted_(std::make_unique<std::size_t[]>(length_)) {}

  // Adds the latest need in place of the oldest. Returns whether the quantile has changed.
  bool Add(std::size_t need) noexcept {
    if (count_ != length_) [[unlikely]]
      return AddOneMore(need);
    const std::size_t oldest = in_order_[next_];
    in_order_[next_] = need;
    next_ = next_ + 1 == length_ ? 0 : next_ + 1;
    return need != oldest && Replace(oldest, need);
  }

  // The smallest need which at least that share of them does not pass; 0 when there is none yet.
  std::size_t Quantile() const noexcept { return sorted_[rank_]; }

 private:
  static std::size_t Checked(std::size_t length) {
    if (length > kMaxSize / sizeof(std::size_t)) ThrowBadAlloc();
    return Max(length, 1);
  }

  ARENA_COLD bool AddOneMore(std::size_t need) noexcept {
    const std::size_t before = Quantile();
    std::size_t* const begin = sorted_.get();
    std::size_t* const place = std::upper_bound(begin, begin + count_, need);
    std::move_backward(place, begin + count_, begin + count_ + 1);
    *place = need;
    in_order_[count_++] = need;
    rank_ = RankOf(count_);
    return Quantile() != before;
  }

  ARENA_COLD bool Replace(std::size_t oldest, std::size_t need) noexcept {
    const std::size_t before = Quantile();
    std::size_t* const begin = sorted_.get();
    std::size_t* const end = begin + count_;
    // Only what lies between the two in size has to move.
    std::size_t* hole = std::lower_bound(begin, end, oldest);
    ARENA_ASSERT(*hole == oldest);
    for (; hole + 1 != end && hole[1] < need; ++hole) hole[0] = hole[1];
    for (; hole != begin && hole[-1] > need; --hole) hole[0] = hole[-1];
    *hole = need;
    return Quantile() != before;
  }

  std::size_t RankOf(std::size_t count) const noexcept {
    const double rank = quantile_ * static_cast<double>(count);
    if (!(rank > 0)) return 0;
    if (rank >= static_cast<double>(count)) return count - 1;
    const auto below = static_cast<std::size_t>(rank);
    return static_cast<double>(below) == rank ? below - 1 : below;
  }

  std::size_t length_;
  double quantile_;
  std::size_t count_ = 0;                    // <= length_
  std::size_t rank_ = 0;                     // where in sorted_ the quantile is
  std::size_t next_ = 0;                     // where in in_order_ the oldest is, once that is full
  std::unique_ptr<std::size_t[]> in_order_;  // of arrival, as a ring
  std::unique_ptr<std::size_t[]> sorted_;    // the same needs by size; zeros behind count_
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_NEED_HISTORY_HPP
