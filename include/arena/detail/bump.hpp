// SPDX-License-Identifier: Apache-2.0
//
// The bump: where, between a cursor and a limit, a request comes to lie. On integers alone, so that
// each function can be tested against wider arithmetic.
//
// Requires cursor <= limit, and a cursor of 0 only where the limit is 0, too: an empty window at
// address 0 never serves anything, and one with room does not exist.
#ifndef ARENA_DETAIL_BUMP_HPP
#define ARENA_DETAIL_BUMP_HPP

#include <cstddef>
#include <cstdint>

#include "../config.hpp"
#include "align.hpp"
#include "sanitizer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A request's place: it starts at `start`, the cursor moves to `end`.
struct Piece {
  std::uintptr_t start;
  std::uintptr_t end;
};

// Whether 1 <= size and size, with the red zone, is at most room. One comparison without a red
// zone: size - 1 makes the largest number of a size of 0.
ARENA_ALWAYS_INLINE constexpr bool Fits(std::size_t size, std::size_t room) noexcept {
  if constexpr (kRedzone == 0) {
    return size - 1 < room;
  } else {
    return size != 0 && room > kRedzone && size <= room - kRedzone;
  }
}

// Any size, any alignment; exact for all of them, since no sum can wrap unnoticed. False as well
// for a size of 0 and for an alignment that is 0 or no power of two.
ARENA_ALWAYS_INLINE constexpr bool BumpAny(std::uintptr_t cursor, std::uintptr_t limit,
                                           std::size_t size, std::size_t alignment,
                                           Piece* piece) noexcept {
  const std::uintptr_t start = AlignUp(cursor, alignment);
  if ((alignment & (alignment - 1)) != 0 || start - cursor > limit - cursor) return false;
  if (!Fits(size, limit - start)) return false;
  *piece = {start, start + size + kRedzone};
  return true;
}

// Two numbers up to this, added to an address, do not wrap: those of user space end below 2^57, and
// the tags that some hardware lets a program keep above leave zeros in between.
inline constexpr bool kHasUsual = kRedzone == 0 && sizeof(void*) >= 8;
inline constexpr std::size_t kUsual = std::size_t{1} << (kHasUsual ? 40 : 0);

// Whether both are 1 to kUsual: a 0 becomes the largest number.
ARENA_ALWAYS_INLINE constexpr bool AreUsual(std::size_t size, std::size_t alignment) noexcept {
  return (((size - 1) | (alignment - 1)) & ~(kUsual - 1)) == 0;
}

// BumpAny for the sizes and alignments that programs ask for, in fewer instructions. False for all
// others, whether they would fit or not.
ARENA_ALWAYS_INLINE constexpr bool BumpUsual(std::uintptr_t cursor, std::uintptr_t limit,
                                             std::size_t size, std::size_t alignment,
                                             Piece* piece) noexcept {
  if constexpr (!kHasUsual) {
    return BumpAny(cursor, limit, size, alignment, piece);
  } else {
    const std::uintptr_t start = AlignUp(cursor, alignment);
    const std::uintptr_t end = start + size;
    if ((alignment & (alignment - 1)) != 0) return false;
      // Either order is right. With the second one clang adds the cursor straight from memory,
      // which Zen 4 cannot rename: a loop then takes twice the time. For g++ it is the faster one.
#if defined(__clang__)
    if (end > limit || !AreUsual(size, alignment)) return false;
#else
    if (!AreUsual(size, alignment) || end > limit) return false;
#endif
    *piece = {start, end};
    return true;
  }
}

// A size and an alignment known at compile time, the size a multiple of the alignment as for every
// C++ type. Rounding the end up, instead of the start, costs one addition less.
template <std::size_t kSize, std::size_t kAlignment>
ARENA_ALWAYS_INLINE constexpr bool BumpFixed(std::uintptr_t cursor, std::uintptr_t limit,
                                             Piece* piece) noexcept {
  static_assert(kSize % kAlignment == 0);
  if constexpr (!kHasUsual || !AreUsual(kSize, kAlignment)) {
    return BumpAny(cursor, limit, kSize, kAlignment, piece);
  } else {
    const std::uintptr_t end = AlignDown(cursor + (kSize + kAlignment - 1), kAlignment);
    if (end > limit) [[unlikely]]
      return false;
    *piece = {end - kSize, end};
    return true;
  }
}

// An array: `bytes` is a multiple of the alignment, which is known at compile time. Requires a
// limit that is a multiple of kGranule, or a window without room.
template <std::size_t kAlignment>
ARENA_ALWAYS_INLINE constexpr bool BumpArray(std::uintptr_t cursor, std::uintptr_t limit,
                                             std::size_t bytes, Piece* piece) noexcept {
  if constexpr (kRedzone != 0 || kAlignment > kGranule) {
    return BumpAny(cursor, limit, bytes, kAlignment, piece);
  } else {
    // What fits before rounding fits after it, since the limit is round itself.
    if (!Fits(bytes, limit - cursor)) [[unlikely]]
      return false;
    const std::uintptr_t end = AlignUp(cursor + bytes, kAlignment);
    *piece = {end - bytes, end};
    return true;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BUMP_HPP
