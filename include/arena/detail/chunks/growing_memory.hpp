// SPDX-License-Identifier: Apache-2.0
//
// Memory that an initial chunk lies over and that grows in place.
#ifndef ARENA_DETAIL_CHUNKS_GROWING_MEMORY_HPP
#define ARENA_DETAIL_CHUNKS_GROWING_MEMORY_HPP

#include <cstddef>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The usable bytes are [base(), base() + size), for a size that starts at 0 and that its owner, a
// ChunkStore, remembers.
class GrowingMemory {
 public:
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;

  // A multiple of kGranule that never changes.
  virtual std::byte* base() const noexcept = 0;

  // Makes at least `min` and at most `max` bytes usable, and returns how many; 0, with nothing
  // changed, when that cannot be. `min` is more than were usable before. All sizes are multiples of
  // kGranule.
  virtual std::size_t Grow(std::size_t min, std::size_t max) noexcept = 0;

  // Makes just `size` bytes usable, fewer than before; what lay behind them is lost.
  virtual void Shrink(std::size_t size) noexcept = 0;

 protected:
  GrowingMemory() = default;
  ~GrowingMemory() = default;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_GROWING_MEMORY_HPP
