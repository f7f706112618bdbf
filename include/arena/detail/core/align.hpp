// SPDX-License-Identifier: Apache-2.0
//
// Integer arithmetic of an allocator: powers of two, checked sums and products, size classes. No
// pointers here, so that each function can be tested, and fuzzed, on its own.
#ifndef ARENA_DETAIL_CORE_ALIGN_HPP
#define ARENA_DETAIL_CORE_ALIGN_HPP

#include <bit>
#include <cstddef>
#include <cstdint>

#include "assert.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// No object may be larger: pointer differences inside it must fit in ptrdiff_t.
inline constexpr std::size_t kMaxSize = static_cast<std::size_t>(PTRDIFF_MAX);

// The alignment of every chunk's end and of every cleanup record: records lie at the end of a window,
// without padding between them.
inline constexpr std::size_t kGranule = 16;

// std::min and std::max, without the ten thousand lines of <algorithm>. Not Min and Max, which are
// macros in PostgreSQL's headers.
constexpr std::size_t MinOf(std::size_t a, std::size_t b) noexcept { return b < a ? b : a; }
constexpr std::size_t MaxOf(std::size_t a, std::size_t b) noexcept { return a < b ? b : a; }

// A number that fits, as a size. A template, because the cast does nothing on 64 bits, which
// compilers can warn of.
template <class Integer>
constexpr std::size_t ToSize(Integer value) noexcept {
  if constexpr (sizeof(Integer) > sizeof(std::size_t)) {
    return static_cast<std::size_t>(value);
  } else {
    return value;
  }
}

constexpr bool IsPowerOfTwo(std::size_t value) noexcept {
  return value != 0 && (value & (value - 1)) == 0;
}

// The next multiple of a power of two. Wraps to 0 above the last one.
ARENA_WRAPS constexpr std::uintptr_t AlignUp(std::uintptr_t value, std::size_t alignment) noexcept {
  return (value + (alignment - 1)) & ~(alignment - 1);
}

constexpr std::uintptr_t AlignDown(std::uintptr_t value, std::size_t alignment) noexcept {
  return value & ~(alignment - 1);
}

// a + b into *sum; false, leaving *sum alone, when it would pass kMaxSize.
ARENA_NODISCARD constexpr bool AddSizes(std::size_t a, std::size_t b, std::size_t* sum) noexcept {
  if (a > kMaxSize || b > kMaxSize - a) return false;
  *sum = a + b;
  return true;
}

// count * size into *product; false, leaving *product alone, when it would pass kMaxSize.
ARENA_NODISCARD constexpr bool MultiplySizes(std::size_t count, std::size_t size,
                                             std::size_t* product) noexcept {
  if (size != 0 && count > kMaxSize / size) return false;
  *product = count * size;
  return true;
}

// Size classes: 64, 80, 96, 112, 128, 160, ..., four in each octave, numbered from 1. Class 0 is
// for what is smaller than the smallest class.
inline constexpr std::size_t kSmallestClass = 64;

// The bytes of a class. Requires 1 <= index <= SizeClassAbove(kMaxSize) with a result that fits.
constexpr std::size_t SizeClassBytes(std::size_t index) noexcept {
  const std::size_t octave = (index - 1) / 4;
  const std::size_t quarter = (index - 1) % 4;
  return (kSmallestClass << octave) + quarter * ((kSmallestClass / 4) << octave);
}

// The smallest class that holds `size` bytes.
constexpr std::size_t SizeClassAbove(std::size_t size) noexcept {
  if (size <= kSmallestClass) return 1;
  const std::size_t last = size - 1;
  // Not std::bit_width, whose type differs between standard libraries: in one of them the cast to
  // std::size_t would do nothing, which compilers can warn of.
  const std::size_t octave =
      8 * sizeof(last) - 7 - static_cast<std::size_t>(std::countl_zero(last));
  return octave * 4 + ((last >> (octave + 4)) & 3) + 2;
}

// The largest class that fits in `size` bytes; 0 when none does.
constexpr std::size_t SizeClassBelow(std::size_t size) noexcept {
  return size < kSmallestClass ? 0 : SizeClassAbove(size + 1) - 1;
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ALIGN_HPP
