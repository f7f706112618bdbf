// SPDX-License-Identifier: Apache-2.0
//
// To be preloaded into a program of this folder: counts the calls of malloc, and of what does its work.
// For glibc, whose functions are called by their other names.
#include <cerrno>
#include <cstddef>
#include <cstdint>

extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;

static std::uint64_t calls = 0;  // of a program with one thread

std::uint64_t ArenaBenchCallsOfMalloc() noexcept { return calls; }

void* malloc(std::size_t size) noexcept { return ++calls, __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) noexcept {
  return ++calls, __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  return ++calls, __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return ++calls, __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return ++calls, __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  *block = memalign(alignment, size);
  return *block != nullptr ? 0 : ENOMEM;
}
}
