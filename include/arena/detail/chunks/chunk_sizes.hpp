// SPDX-License-Identifier: Apache-2.0
//
// The policy of a MonotonicArena: how large its chunks are, when the window may leave the chunk it is
// in, and how much the arena retains.
//
// Equal rounds stay equal because every answer follows from what the round has done so far, never
// from the spares: those of the second round are what the first one created on its way.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

#include <cstddef>
#include <cstdint>

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

  // Size of the chunks that are taken at construction.
  std::size_t AtConstruction() const noexcept { return min_; }

  // Lower bound of a later chunk's size, unless the limit leaves less.
  std::size_t LowerBound() const noexcept { return min_ == 0 ? kDefault : MaxOf(min_, kSmallest); }

  // Size of the next chunk when the window has been through `entered` bytes of chunks in this round.
  // An eighth of them bounds what is ahead of its use, and keeps the number of chunks logarithmic.
  std::size_t Next(std::size_t entered) const noexcept {
    return MaxOf(LowerBound(), MinOf(entered / 8, max_));
  }

  // Size of the next chunk when it has to hold the request; 0 when the request is oversized. A long
  // run of oversized requests makes a larger chunk, an eighth of Next() for each: else requests just
  // above Next() would call upstream one by one for ever.
  std::size_t NextToHold(std::size_t entered, const OversizedRun& run,
                         const Request& request) const noexcept {
    const std::size_t size = Next(entered);
    if (Chunk::Holds(size, request)) return size;
    const std::size_t larger = MinOf(size * run.count / 8, max_);
    return Chunk::Holds(larger, request) ? larger : 0;
  }

  // Whether the `room` that is left in a chunk is little enough to be wasted. Oversized requests widen
  // the rule: the window cannot get stuck before a run of middling sizes.
  static bool MayLeave(std::size_t room, std::size_t chunk, const OversizedRun& run) noexcept {
    return room <= MaxOf((chunk + run.bytes) / 16, kSmallWaste);
  }

  // Whether Cap is more than the arena retains when recent rounds used `used` bytes of chunks.
  static bool IsTooMuch(std::size_t cap, std::size_t used) noexcept { return used < cap / 3; }

  // How much it retains then. The product does not wrap where IsTooMuch.
  static std::size_t Retained(std::size_t used) noexcept { return 3 * used; }

  // The use of recent rounds, after one that used `used` bytes: a large round is forgotten by an
  // eighth with each round that follows.
  static std::size_t RecentUse(std::size_t recent, std::size_t used) noexcept {
    return MaxOf(used, recent - recent / 8);
  }

 private:
  static constexpr std::size_t kDefault = 1024;    // for a minimum of 0
  static constexpr std::size_t kSmallWaste = 256;  // may always be wasted

  std::size_t min_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
