// SPDX-License-Identifier: Apache-2.0
//
// The bump: where, behind the last byte in use and below a limit, a request comes to lie. On
// integers alone, so that each function can be tested against wider arithmetic.
//
//        in use      padding      the request     free
//     ..............+-------+-------------------+--------+
//                   |       |xxxxxxxxxxxxxxxxxxx|        |
//     ..............+-------+-------------------+--------+
//                  ^ last  ^ start - 1         ^ its last ^ limit
//
// Not the next free byte is kept, but the last one in use, since that takes one instruction to
// align: with its low bits set it is the byte before a multiple of the alignment. The rest, for
// sizes and alignments known only at run time, is one addition and three comparisons.
//
// Requires last + 1 <= limit, and a `last` of -1 (nothing is in use, from address 0 on) only where
// the limit is 0: an empty window never serves anything, and one with room does not begin there.
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

// Any size, any alignment; exact for all of them. False as well for a size of 0 and for an
// alignment that is 0 or no power of two.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool Bump(std::uintptr_t last, std::uintptr_t limit,
                                                    std::size_t size, std::size_t alignment,
                                                    Piece* piece) noexcept {
  // With the red zone, the sum of the two must not wrap, either.
  if constexpr (kRedzone != 0) {
    if (size == 0 || size > kMaxSize) return false;
  }
  const std::uintptr_t before = last | (alignment - 1);
  const std::uintptr_t end = before + size + kRedzone;
  // A statement of its own: in one condition with the others clang would count the bits.
  if ((alignment & (alignment - 1)) != 0) return false;
  // What does not end behind `before` has wrapped, or is of size 0. The same for an alignment of 0
  // and for one that leads past the last address: `before` is that address then.
  if (end >= limit || end <= before) return false;
  *piece = {before + 1, end};
  return true;
}

// Bump for a request as Arena::DoAlloc has it: the size is not 0, the alignment is a power of two, and
// their sum is no more than PTRDIFF_MAX.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpChecked(std::uintptr_t last,
                                                           std::uintptr_t limit, std::size_t size,
                                                           std::size_t alignment,
                                                           Piece* piece) noexcept {
  const std::uintptr_t padded = last | (alignment - 1);
  const std::uintptr_t end = padded + size + kRedzone;
  if (end >= limit || end <= padded) [[unlikely]]
    return false;
  *piece = {padded + 1, end};
  return true;
}

// Two numbers up to this, added to an address, do not wrap: those of user space end below 2^57, and
// the tags that some hardware lets a program keep above leave zeros in between. 2^40 in two
// shifts: a single one would be an error where std::size_t has 32 bits.
inline constexpr std::size_t kNeverWraps = sizeof(void*) >= 8 ? std::size_t{1} << 20 << 20 : 0;

// A size and an alignment known at compile time.
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

// An arena's `last`, ready to be aligned. To an alignment that is not known at compile time clang
// would align it as an operand in memory, which Zen 4 cannot forward from the store just before as
// it does to a load: a loop then takes twice the time.
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
