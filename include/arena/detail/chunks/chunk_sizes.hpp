// SPDX-License-Identifier: Apache-2.0
//
// How large the next buffer of an arena is, and when the window may leave the one it is in.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../core/align.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class BufferSizes {
 public:
  // Of the ordinary buffers taken after construction.
  static constexpr std::size_t kSmallest = 64;

  constexpr BufferSizes(std::size_t least, std::size_t most) noexcept : min_(least), max_(most) {}

  // Of those taken at construction.
  std::size_t Initial() const noexcept { return min_; }

  // What a buffer has at least, where a limit allows it.
  std::size_t Least() const noexcept { return min_ == 0 ? kDefault : MaxOf(min_, kSmallest); }

  // The size of the next ordinary buffer, when those there are have `held` bytes; 0 when what is
  // affordable is too little. An eighth of what is held: at most that much is ahead of its use, and
  // the number of buffers grows with the logarithm of the arena.
  std::size_t Next(std::size_t held, std::size_t affordable) const noexcept {
    const std::size_t wanted = MaxOf(Least(), MinOf(held / 8, max_));
    const std::size_t size = MinOf(wanted, affordable);
    return size < kSmallest ? 0 : size;
  }

  // Whether the `room` that is left of a buffer is little enough to be lost. Requests that went
  // aside since the window last moved widen the rule: the window cannot get stuck before a run of
  // middling sizes.
  static bool MayLeave(std::size_t room, std::size_t buffer, std::size_t aside) noexcept {
    const std::size_t sum = aside > SIZE_MAX - buffer ? SIZE_MAX : buffer + aside;
    return room <= MaxOf(sum / 16, kSmallTail);
  }

 private:
  static constexpr std::size_t kDefault = 1024;   // for a minimum of 0
  static constexpr std::size_t kSmallTail = 256;  // may always be left behind

  std::size_t min_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
