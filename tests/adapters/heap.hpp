// SPDX-License-Identifier: Apache-2.0
//
// Counts what a program takes from the heap: calls of the global operator new and, with glibc and without
// sanitizers, calls of malloc, calloc and realloc. For one program file, as it replaces them. Also what
// such a program checks with.
#ifndef ARENA_TESTS_ADAPTERS_HEAP_HPP
#define ARENA_TESTS_ADAPTERS_HEAP_HPP

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory_resource>
#include <new>
#include <string_view>

namespace arena_test {

inline thread_local constinit std::size_t heap_calls = 0;
inline int failures = 0;

inline void Check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

/// How often the heap is called within `work`.
template <class Work>
std::size_t HeapCalls(Work work) {
  const std::size_t before = heap_calls;
  work();
  return heap_calls - before;
}

/// Storage of its own: whatever an arena over it cannot hold is an exception.
template <std::size_t kSize = std::size_t{1} << 20>
struct Storage {
  arena::MonotonicArenaOptions options() noexcept {
    return {.initial_buffer = bytes, .upstream = std::pmr::null_memory_resource()};
  }
  alignas(64) std::byte bytes[kSize];
};

/// 0 when all is well; sees first that the heap's calls are counted at all.
inline int Verdict() {
  const std::size_t calls = HeapCalls([] {
    void* const block = ::operator new(100);
    asm volatile("" : : "r"(block) : "memory");
    ::operator delete(block);
  });
  Check(calls > 0, "the counter counts");
  return failures == 0 ? 0 : 1;
}

}  // namespace arena_test

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define ARENA_TEST_NO_MALLOC 1
#endif
#endif
#ifndef ARENA_TEST_NO_MALLOC
extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* malloc(std::size_t size) noexcept { return ++arena_test::heap_calls, __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) noexcept {
  return ++arena_test::heap_calls, __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  return ++arena_test::heap_calls, __libc_realloc(block, size);
}
}
#endif
#endif

ARENA_NOINLINE void* operator new(std::size_t size) {
  ++arena_test::heap_calls;
  if (void* const block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
ARENA_NOINLINE void* operator new(std::size_t size, std::align_val_t alignment) {
  ++arena_test::heap_calls;
  const auto step = static_cast<std::size_t>(alignment);
  if (void* const block = std::aligned_alloc(step, (size + step - 1) / step * step)) return block;
  throw std::bad_alloc();
}
ARENA_NOINLINE void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++arena_test::heap_calls;
  return std::malloc(size == 0 ? 1 : size);
}
ARENA_NOINLINE void operator delete(void* block) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::size_t) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
ARENA_NOINLINE void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
ARENA_NOINLINE void operator delete(void* block, const std::nothrow_t&) noexcept {
  std::free(block);
}

#endif  // ARENA_TESTS_ADAPTERS_HEAP_HPP
