// SPDX-License-Identifier: Apache-2.0
//
// malloc with an alignment, for programs that replace operator new: std::aligned_alloc is not everywhere.
#ifndef ARENA_TESTS_SUPPORT_ALIGNED_MALLOC_HPP
#define ARENA_TESTS_SUPPORT_ALIGNED_MALLOC_HPP

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace arena_test {

// Null when there is no memory. The address that malloc returned lies in front of the block.
inline void* AlignedMalloc(std::size_t size, std::size_t alignment) {
  const std::size_t step = alignment < alignof(void*) ? alignof(void*) : alignment;
  void* const whole = std::malloc(size + step + sizeof(void*));
  if (whole == nullptr) return nullptr;
  const auto first = reinterpret_cast<std::uintptr_t>(whole) + sizeof(void*);
  auto* const block = reinterpret_cast<void**>((first + step - 1) / step * step);
  block[-1] = whole;
  return block;
}

inline void AlignedFree(void* block) {
  if (block != nullptr) std::free(static_cast<void**>(block)[-1]);
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_ALIGNED_MALLOC_HPP
