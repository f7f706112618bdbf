// SPDX-License-Identifier: Apache-2.0
//
// What tests of raw allocation do with a block: ask for its address, fill it, look whether it is
// still as it was.
#ifndef ARENA_TESTS_SUPPORT_RAW_MEMORY_HPP
#define ARENA_TESTS_SUPPORT_RAW_MEMORY_HPP

#include <arena/config.hpp>
#include <cstddef>
#include <cstdint>

namespace arena_test {

// Whether what an arena hands out lies where its chunk is, and grows in place. With ARENA_HEAP=1 it lies
// wherever the heap has room. A test of nothing else is tagged [places] and left out then.
inline constexpr bool kPlaces = ARENA_HEAP == 0;

// A size that is in range and that no machine has: 2^50, or nearly all of an address space of 32
// bits.
inline constexpr std::size_t kMoreThanThereIs = sizeof(std::size_t) > 4
                                                    ? (SIZE_MAX >> 14) + 1
                                                    : SIZE_MAX / 2 - (std::size_t{1} << 20);

inline std::uintptr_t AddressOf(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

inline bool IsAligned(const void* pointer, std::size_t alignment) {
  return AddressOf(pointer) % alignment == 0;
}

inline std::byte* At(void* block, std::size_t offset) {
  return static_cast<std::byte*>(block) + offset;
}

// Whether a block lies at that place, as far as places mean anything.
inline bool LiesAt(const void* block, const void* place) { return !kPlaces || block == place; }

// A value that differs from block to block and within a block.
inline std::byte PatternByte(std::size_t seed, std::size_t i) {
  return static_cast<std::byte>((seed * 151 + i * 7 + (i >> 8) + 1) & 0xFF);
}

inline void Fill(void* block, std::size_t size, std::size_t seed) {
  auto* bytes = static_cast<std::byte*>(block);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = PatternByte(seed, i);
}

inline bool StillHolds(const void* block, std::size_t size, std::size_t seed) {
  const auto* bytes = static_cast<const std::byte*>(block);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] != PatternByte(seed, i)) return false;
  }
  return true;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_RAW_MEMORY_HPP
