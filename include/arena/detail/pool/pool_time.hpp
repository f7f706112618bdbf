// SPDX-License-Identifier: Apache-2.0
//
// The time of a pool, which never runs backwards, whatever the pool's clock says.
#ifndef ARENA_DETAIL_POOL_POOL_TIME_HPP
#define ARENA_DETAIL_POOL_POOL_TIME_HPP

#include <chrono>
#include <cstdint>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The nanoseconds that passed by a clock. A jump back of the clock counts as no time.
class PoolTime {
 public:
  // Upper bound of a delay (2.3 years), so that the sum of two cannot overflow.
  static constexpr std::uint64_t kLong = std::uint64_t{1} << 56;

  explicit PoolTime(std::chrono::nanoseconds clock) noexcept : clock_(clock) {}

  static constexpr std::uint64_t Earlier(std::uint64_t a, std::uint64_t b) noexcept {
    return b < a ? b : a;
  }

  // Converts a delay of the options; a negative one counts as 0.
  static std::uint64_t Delay(std::chrono::nanoseconds delay) noexcept {
    return delay.count() > 0 ? Earlier(static_cast<std::uint64_t>(delay.count()), kLong) : 0;
  }

  ARENA_WRAPS void Advance(std::chrono::nanoseconds clock) noexcept {
    if (clock > clock_) {
      // Unsigned, because the difference of two times may be above INT64_MAX.
      const std::uint64_t passed =
          static_cast<std::uint64_t>(clock.count()) - static_cast<std::uint64_t>(clock_.count());
      now_ += Earlier(passed, kLong);
    }
    clock_ = clock;
  }

  std::uint64_t now() const noexcept { return now_; }

 private:
  std::uint64_t now_ = 0;
  std::chrono::nanoseconds clock_;  // at the latest Advance
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_TIME_HPP
