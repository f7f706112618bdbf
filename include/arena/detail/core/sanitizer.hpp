// SPDX-License-Identifier: Apache-2.0
//
// Tells AddressSanitizer, MemorySanitizer and Valgrind which bytes are handed out. Without any of
// them every function here is empty.
#ifndef ARENA_DETAIL_CORE_SANITIZER_HPP
#define ARENA_DETAIL_CORE_SANITIZER_HPP

#include <cstddef>

#include "../../config.hpp"

#if ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif
#if ARENA_MSAN
#include <sanitizer/msan_interface.h>
#endif
#if ARENA_VALGRIND
#include <valgrind/memcheck.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// True when bytes that are not handed out must be marked, which costs what an uninstrumented build
// does not pay: Reset then visits every used buffer.
inline constexpr bool kInstrumented = ARENA_ASAN != 0 || ARENA_MSAN != 0 || ARENA_VALGRIND != 0;

// True when an arena is told of what containers deallocate, which it does not reuse.
inline constexpr bool kHearsDeallocate = kInstrumented || ARENA_HEAP != 0;

// Bytes kept poisoned after each allocation; they count in Len().
inline constexpr std::size_t kRedzone = ARENA_REDZONE;

// The bytes may be used from now on; their contents are undefined.
inline void MarkAllocated(ARENA_MAYBE_UNUSED const void* bytes,
                          ARENA_MAYBE_UNUSED std::size_t size) noexcept {
#if ARENA_ASAN
  __asan_unpoison_memory_region(bytes, size);
#endif
#if ARENA_MSAN
  __msan_allocated_memory(bytes, size);
#endif
#if ARENA_VALGRIND
  VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
#endif
}

// The bytes belong to nobody: any use of them is a bug to report.
inline void MarkFree(ARENA_MAYBE_UNUSED const void* bytes,
                     ARENA_MAYBE_UNUSED std::size_t size) noexcept {
#if ARENA_ASAN
  __asan_poison_memory_region(bytes, size);
#endif
#if ARENA_MSAN
  __msan_allocated_memory(bytes, size);
#endif
#if ARENA_VALGRIND
  VALGRIND_MAKE_MEM_NOACCESS(bytes, size);
#endif
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_SANITIZER_HPP
