// SPDX-License-Identifier: Apache-2.0
//
// The policy of a MonotonicArena: how large its chunks are, when the window may leave the chunk it
// is in, and how much the arena retains.
//
// Every answer follows from what the round has done so far, never from the spares, because the
// first round of two equal ones has no spares yet. So equal rounds stay equal.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "chunk.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The oversized requests since the window last moved.
struct OversizedRun {
  std::size_t count = 0;
  std::size_t bytes = 0;  // as asked; alive together, so the sum does not wrap
};

class ChunkSizes {
 public:
  // Smallest chunk that is taken after construction.
  static constexpr std::size_t kSmallest = 64;

  constexpr ChunkSizes(std::size_t min, std::size_t max) noexcept : min_(min), max_(max) {}

  // Lower bound of a later chunk's size, unless the limit leaves less.
  std::size_t LowerBound() const noexcept { return min_ == 0 ? kDefault : MaxOf(min_, kSmallest); }

  // Size of the next chunk when the window has been through `entered` bytes of chunks in this
  // round. An eighth of them bounds what is ahead of its use, and keeps the number of chunks
  // logarithmic.
  std::size_t Next(std::size_t entered) const noexcept {
    return MaxOf(LowerBound(), MinOf(entered / 8, max_));
  }

  // Size of the next chunk when it has to hold the request; 0 when the request is oversized. A run
  // of oversized requests makes the chunk larger, by an eighth of Next() for each. Otherwise
  // requests just above Next() would call upstream one by one for ever.
  std::size_t NextToHold(std::size_t entered, const OversizedRun& run,
                         const Request& request) const noexcept {
    const std::size_t size = Next(entered);
    if (Chunk::Holds(size, request)) return size;
    const std::size_t larger = MinOf(size * run.count / 8, max_);
    return Chunk::Holds(larger, request) ? larger : 0;
  }

  // Whether the `room` in the current chunk is little enough to be wasted. Oversized requests raise
  // the bound, so that the window does not get stuck before a run of middling sizes.
  static bool MayLeave(std::size_t room, std::size_t chunk, const OversizedRun& run) noexcept {
    return room <= MaxOf((chunk + run.bytes) / 16, kSmallWaste);
  }

  // Whether `cap` is more than Retained(used), for recent rounds that used `used` bytes of chunks.
  static bool IsTooMuch(std::size_t cap, std::size_t used) noexcept {
    if constexpr (sizeof(std::size_t) >= 8)
      return 3 * used < cap;  // no address space holds a third
    return used < cap / 3;
  }

  // How many bytes of chunks the arena retains then. If IsTooMuch, the product does not wrap.
  static std::size_t Retained(std::size_t used) noexcept { return 3 * used; }

  // The use of recent rounds, after one that used `used` bytes. What remains of a large round falls
  // by an eighth with each round that follows.
  static std::size_t RecentUse(std::size_t recent, std::size_t used) noexcept {
    return MaxOf(used, recent - recent / 8);
  }

 private:
  static constexpr std::size_t kDefault = 1024;    // LowerBound() for a minimum of 0
  static constexpr std::size_t kSmallWaste = 256;  // so many bytes may always be wasted

  std::size_t min_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
