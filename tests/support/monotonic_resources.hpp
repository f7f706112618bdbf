// SPDX-License-Identifier: Apache-2.0
//
// The library's arena and the standard's monotonic resource behind one face: what the standard
// promises of the one ([mem.res.monotonic.buffer]) is asked of both, so that a test that asks for
// too much fails on the standard's own, too.
#ifndef ARENA_TESTS_SUPPORT_MONOTONIC_RESOURCES_HPP
#define ARENA_TESTS_SUPPORT_MONOTONIC_RESOURCES_HPP

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

// Where libc++'s resource, of version 19, is another: it takes a buffer from its end, so that
// padding comes elsewhere, and rounds an impossible size up until it wraps.
#if defined(_LIBCPP_VERSION)
#define ARENA_TEST_AND_STRICT_STANDARD
#else
#define ARENA_TEST_AND_STRICT_STANDARD , arena_test::Standard
#endif

namespace arena_test {

class Ours {
 public:
  explicit Ours(std::pmr::memory_resource* upstream, std::size_t first_buffer = 1024)
      : arena_({.min_buffer_size = first_buffer, .upstream = upstream}) {}
  Ours(std::span<std::byte> buffer, std::pmr::memory_resource* upstream)
      : arena_({.min_buffer_size = 1024, .initial_buffer = buffer, .upstream = upstream}) {}
  Ours() = default;

  std::pmr::memory_resource& resource() { return arena_; }
  void Release() { arena_.Release(); }

 private:
  arena::MonotonicArena arena_;
};

class Standard {
 public:
  explicit Standard(std::pmr::memory_resource* upstream, std::size_t first_buffer = 1024)
      : resource_(first_buffer, upstream) {}
  Standard(std::span<std::byte> buffer, std::pmr::memory_resource* upstream)
      : resource_(buffer.data(), buffer.size(), upstream) {}
  Standard() = default;

  std::pmr::memory_resource& resource() { return resource_; }
  void Release() { resource_.release(); }

 private:
  std::pmr::monotonic_buffer_resource resource_;
};

inline bool IsAlignedTo(const void* pointer, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

// Whether [block, block + size) lies in the buffer.
inline bool LiesWithin(std::span<const std::byte> buffer, const void* block, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(buffer.data());
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return address >= begin && size <= buffer.size() && address - begin <= buffer.size() - size;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_MONOTONIC_RESOURCES_HPP
