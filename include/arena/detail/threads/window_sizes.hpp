// SPDX-License-Identifier: Apache-2.0
//
// How large the windows of a thread are, and when one is retired: on numbers alone.
#ifndef ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP
#define ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/sanitizer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A cache line: what threads that write to their memory do not share.
inline constexpr std::size_t kLine = 64;

// Sizes are in bytes of the base's memory, whole lines. What the options say is a line more:
// a request of this size and alignment then fits chunks and size classes of such round numbers.
class WindowSizes {
 public:
  // `min_first` is what the first window must have.
  constexpr WindowSizes(std::size_t first, std::size_t usual, std::size_t max,
                        std::size_t min_first) noexcept
      : first_(MaxOf(Usable(first), RoundUp(min_first))),
        usual_(MaxOf(Usable(usual), first_)),
        max_(MaxOf(Usable(max), usual_)) {}

  // Of a thread's first window.
  constexpr std::size_t first() const noexcept { return first_; }

  // Of the window after one of `size`, for a thread that took `taken` bytes: it doubles, first up
  // to the usual size, then up to an eighth of `taken`. It has room for two requests of `need`,
  // unless that is more than the usual size.
  constexpr std::size_t Next(std::size_t size, std::size_t taken, std::size_t need) const noexcept {
    const std::size_t doubled = MinOf(2 * size, MaxOf(usual_, MinOf(max_, taken / 8)));
    const std::size_t wanted = need <= usual_ / 2 ? 2 * need : 0;
    return AlignDown(MaxOf(MaxOf(doubled, MinOf(RoundUp(wanted), usual_)), first_), kLine);
  }

  // The smallest window for a request of `need`: the end of a window stays unused.
  static constexpr std::size_t MinFor(std::size_t need) noexcept {
    return RoundUp(need + kGranule);
  }

  // Whether a window of `size` may be retired with `room` in it, when `direct` bytes were obtained
  // beside it.
  static constexpr bool MayRetire(std::size_t room, std::size_t size, std::size_t direct) noexcept {
    return room <= MaxOf((size + MinOf(direct, kMaxSize)) / 8, 256);
  }

 private:
  static constexpr std::size_t RoundUp(std::size_t size) noexcept { return AlignUp(size, kLine); }

  static constexpr std::size_t Usable(std::size_t size) noexcept {
    constexpr std::size_t kLeftOut = AlignUp(kLine + kRedzone, kLine);
    return size <= kLeftOut ? 0 : AlignDown(MinOf(size, kMaxSize / 8) - kLeftOut, kLine);
  }

  std::size_t first_;
  std::size_t usual_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP
