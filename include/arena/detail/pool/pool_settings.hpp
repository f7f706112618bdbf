// SPDX-License-Identifier: Apache-2.0
//
// What the options of a pool mean: the sizes of arenas, and times.
#ifndef ARENA_DETAIL_POOL_POOL_SETTINGS_HPP
#define ARENA_DETAIL_POOL_POOL_SETTINGS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "../../config.hpp"
#include "../../page_resource.hpp"
#include "../../pool_options.hpp"
#include "../chunks/chunk.hpp"
#include "../core/align.hpp"

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

// The bounds that follow from a prediction, in bytes.
struct LeaseSizes {
  std::size_t min;     // of an arena that is lent
  std::size_t max;     // of an idle arena that is lent
  std::size_t retain;  // upper bound of an arena that the pool retains
};

// Does not change.
struct PoolSettings {
  static constexpr std::size_t kMaxShards = 64;
  // Slack beyond the measured need: alignment padding differs between leases.
  static constexpr std::size_t kOverhead = 64;

  // Pass true if upstream hands out whole pages, which can be offered to the kernel.
  PoolSettings(const ArenaPoolOptions& pool_options, bool has_pages) noexcept
      : options(pool_options), in_pages(has_pages) {}

  // Size of a new arena's first buffer, for at most kMaxSize. With its header it fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= min_buffer) return min_buffer;
    const std::size_t page = PageResource::PageSize();
    if (!in_pages) return prediction;
    const std::size_t header = Chunk::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  // A lease may hold up to twice the prediction. The bound for retaining is lower, because the
  // prediction itself may be high by chance. Larger predictions than kMaxSize cannot be met anyway.
  ARENA_COLD LeaseSizes SizesFor(std::size_t prediction) const noexcept {
    const std::size_t size = MinOf(prediction, kMaxSize);
    const std::size_t first = FirstBuffer(size);
    return {MinOf(size, options.max_lease_bytes), MaxOf(2 * size, first),
            MinOf(MaxOf(size + size / 2, first), max_retained)};
  }

  const ArenaPoolOptions options;
  const bool in_pages;
  const std::size_t max_shards = MinOf(
      MaxOf(options.max_shards != 0 ? options.max_shards : std::thread::hardware_concurrency(), 1),
      kMaxShards);
  // Size of the smallest buffer: a page with its header, since small requests would waste more.
  const std::size_t min_buffer = PageResource::PageSize() - Chunk::BlockBytes(0);
  const std::size_t max_retained =
      MinOf(MinOf(options.max_arena_bytes, options.max_idle_bytes), kMaxSize);
  const std::uint64_t max_age = PoolTime::Delay(options.max_idle_age);
  const std::uint64_t offer_after = PoolTime::Delay(options.offer_after);
  // Until an idle arena needs attention.
  const std::uint64_t delay = in_pages ? PoolTime::Earlier(max_age, offer_after) : max_age;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SETTINGS_HPP
