// SPDX-License-Identifier: Apache-2.0
//
// Memory whose addresses repeat: as far as alignment goes, the n-th block of a program lies where
// it lay the last time. Where a large alignment is asked for, an arena's course depends on
// addresses, and a failing seed is only worth something if it fails again.
#ifndef ARENA_TESTS_RANDOM_PLACED_MEMORY_HPP
#define ARENA_TESTS_RANDOM_PLACED_MEMORY_HPP

#include <arena/config.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory_resource>
#include <new>
#include <vector>

#if ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace arena_random {

// One at a time: they all start at the same address.
class PlacedMemory final : public std::pmr::memory_resource {
 public:
  PlacedMemory() { Region(); }
  ~PlacedMemory() {
    for (const auto& [size, blocks] : freed_) {
      for (const void* block : blocks) CheckTag(block, size);
    }
    Mark(Region(), used_, true);
  }
  PlacedMemory(const PlacedMemory&) = delete;
  PlacedMemory& operator=(const PlacedMemory&) = delete;

 private:
  static constexpr std::size_t kSize = std::size_t{64} << 20;
  static constexpr std::size_t kAlignment = std::size_t{1} << 18;
  static constexpr std::size_t kMostTagged = std::size_t{1} << 16;
  static constexpr unsigned char kTag = 0xDB;
  static constexpr std::size_t kGap = 32;  // so that what comes next is not just behind

  static std::byte* Region() {
    static std::byte* const region = [] {
      static void* const memory = std::malloc(kSize + kAlignment);
      if (memory == nullptr) throw std::bad_alloc();
      const auto address = reinterpret_cast<std::uintptr_t>(memory);
      auto* const start = static_cast<std::byte*>(memory) + (kAlignment - address % kAlignment);
      Mark(start, kSize, true);
      return start;
    }();
    return region;
  }

  static void Mark([[maybe_unused]] void* start, [[maybe_unused]] std::size_t size,
                   [[maybe_unused]] bool poison) {
#if ARENA_ASAN
    if (poison) {
      __asan_poison_memory_region(start, size);
    } else {
      __asan_unpoison_memory_region(start, size);
    }
#endif
  }

  // Only as much of a block, so that large ones do not take all the time.
  static std::size_t Tagged(std::size_t size) { return size < kMostTagged ? size : kMostTagged; }

  static void WriteTag([[maybe_unused]] void* block, [[maybe_unused]] std::size_t size) {
#if !ARENA_ASAN
    std::memset(block, kTag, Tagged(size));
#endif
  }

  static void CheckTag([[maybe_unused]] const void* block, [[maybe_unused]] std::size_t size) {
#if !ARENA_ASAN
    const auto* const bytes = static_cast<const unsigned char*>(block);
    if (size == 0 || (*bytes == kTag && std::memcmp(bytes, bytes + 1, Tagged(size) - 1) == 0))
      return;
    std::fputs("FAILED: somebody wrote to memory after it was freed\n", stderr);
    std::abort();
#endif
  }

  void* do_allocate(std::size_t size, std::size_t) override {
    std::vector<void*>& freed = freed_[size];
    void* block = nullptr;
    if (!freed.empty()) {
      block = freed.back();
      freed.pop_back();
      CheckTag(block, size);
    } else {
      if (size > kSize - used_ - kGap - 64) throw std::bad_alloc();
      block = Region() + used_;
      used_ += (size + kGap + 63) / 64 * 64;
    }
    Mark(block, size, false);
    return block;
  }

  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    WriteTag(block, size);
    Mark(block, size, true);
    freed_[size].push_back(block);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::size_t used_ = 0;
  std::map<std::size_t, std::vector<void*>> freed_;
};

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_PLACED_MEMORY_HPP
