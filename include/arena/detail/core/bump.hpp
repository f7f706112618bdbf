// SPDX-License-Identifier: Apache-2.0
//
// The bump: where a request lies, behind the last byte in use and below a limit. It works on
// integers alone, so that each function can be tested against wider arithmetic.
//
//        in use      padding      the request     free
//     ..............+-------+-------------------+--------+
//                   |       |xxxxxxxxxxxxxxxxxxx|        |
//     ..............+-------+-------------------+--------+
//                  ^ last  ^ start - 1         ^ its last ^ limit
//
// We store the last byte in use, not the next free one: `last | (alignment - 1)` is the byte before
// the next aligned address, so aligning costs one instruction.
//
// Requires last + 1 <= limit. A `last` of -1 (nothing is in use, from address 0 on) comes with the
// limit 0: no window begins at address 0, so an empty one serves nothing.
#ifndef ARENA_DETAIL_CORE_BUMP_HPP
#define ARENA_DETAIL_CORE_BUMP_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "align.hpp"
#include "sanitizer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Where a request lies: its first byte, and its last one, red zone included.
struct Piece {
  std::uintptr_t start;
  std::uintptr_t last;
};

// Places a request as Arena::DoAlloc has it, exactly: the size is not 0, the alignment is a power of
// two, and their sum is no more than PTRDIFF_MAX. Returns false when it does not fit.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpChecked(std::uintptr_t last,
                                                           std::uintptr_t limit, std::size_t size,
                                                           std::size_t alignment,
                                                           Piece* piece) noexcept {
  const std::uintptr_t before = last | (alignment - 1);
  const std::uintptr_t end = before + size + kRedzone;
  // end <= before: the size is 0 or the sum wrapped. An alignment of 0 lands here, too, since
  // alignment - 1 is then all ones, and so does one that leads past the last address.
  if (end >= limit || end <= before) return false;
  *piece = {before + 1, end};
  return true;
}

// BumpChecked for any size and alignment; false also when the size is 0 or the alignment no power of
// two.
ARENA_ALWAYS_INLINE constexpr bool Bump(std::uintptr_t last, std::uintptr_t limit, std::size_t size,
                                        std::size_t alignment, Piece* piece) noexcept {
  // With the red zone, the sum of the two must not wrap, either.
  if constexpr (kRedzone != 0) {
    if (size == 0 || size > kMaxSize) return false;
  }
  if ((alignment & (alignment - 1)) != 0) return false;
  return BumpChecked(last, limit, size, alignment, piece);
}

// Adding two values up to 2^40 to a user-space address cannot wrap: addresses end below 2^57, and
// pointer tags (TBI, LAM) leave zero bits above that. In two shifts, since a single one would be an
// error where std::size_t has 32 bits.
inline constexpr std::size_t kNeverWraps = sizeof(void*) >= 8 ? std::size_t{1} << 20 << 20 : 0;

// Bump for a size and an alignment that are known at compile time.
template <std::size_t kSize, std::size_t kAlignment>
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpFixed(std::uintptr_t last, std::uintptr_t limit,
                                                         Piece* piece) noexcept {
  static_assert(kSize != 0 && IsPowerOfTwo(kAlignment));
  if constexpr (kRedzone != 0 || kSize > kNeverWraps || kAlignment > kNeverWraps) {
    return Bump(last, limit, kSize, kAlignment, piece);
  } else {
    const std::uintptr_t before = last | (kAlignment - 1);
    const std::uintptr_t end = before + kSize;
    if (end >= limit) [[unlikely]]
      return false;
    *piece = {before + 1, end};
    return true;
  }
}

// Loads `last` into a register. With a run-time alignment clang folds the load into `or mem`; on
// Zen 4 that misses store forwarding and doubles the loop's time. The empty asm forces a plain load.
ARENA_ALWAYS_INLINE std::uintptr_t ToBeAligned(std::uintptr_t last,
                                               ARENA_MAYBE_UNUSED std::size_t alignment) noexcept {
#if defined(__clang__) && defined(__x86_64__)
  if (!__builtin_constant_p(alignment)) __asm__("" : "+r"(last));
#endif
  return last;
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_BUMP_HPP
