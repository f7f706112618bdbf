// SPDX-License-Identifier: Apache-2.0
//
// Time as a pool counts it, whatever its clock says.
#ifndef ARENA_DETAIL_POOL_POOL_TIME_HPP
#define ARENA_DETAIL_POOL_POOL_TIME_HPP

#include <chrono>
#include <cstdint>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Nanoseconds that passed by a clock. Where the clock jumps back, no time passed.
class PoolTime {
 public:
  // More than any clock says in earnest, and little enough for sums of it not to overflow.
  static constexpr std::uint64_t kLong = std::uint64_t{1} << 56;

  explicit PoolTime(std::chrono::nanoseconds clock) noexcept : clock_(clock) {}

  static constexpr std::uint64_t Earlier(std::uint64_t a, std::uint64_t b) noexcept {
    return b < a ? b : a;
  }

  // A delay from the options; a negative one is none.
  static std::uint64_t Delay(std::chrono::nanoseconds delay) noexcept {
    return delay.count() > 0 ? Earlier(static_cast<std::uint64_t>(delay.count()), kLong) : 0;
  }

  ARENA_WRAPS void Advance(std::chrono::nanoseconds clock) noexcept {
    if (clock > clock_) {
      // The difference of any two fits in 64 bits without a sign.
      const std::uint64_t passed =
          static_cast<std::uint64_t>(clock.count()) - static_cast<std::uint64_t>(clock_.count());
      now_ += Earlier(passed, kLong);
    }
    clock_ = clock;
  }

  std::uint64_t now() const noexcept { return now_; }

 private:
  std::uint64_t now_ = 0;
  std::chrono::nanoseconds clock_;  // what it said last
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_TIME_HPP
