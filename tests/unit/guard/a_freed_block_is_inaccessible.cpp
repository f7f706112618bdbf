// SPDX-License-Identifier: Apache-2.0
//
// A block of a GuardResource lies between inaccessible pages, and is inaccessible once it is freed,
// until its slot serves another block.
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"
#include "support/raw_memory.hpp"

using arena::GuardResource;
using arena_test::IsReadable;

namespace {

constexpr std::size_t kPage = 4096;  // at most the system's

std::byte* Bytes(void* block) { return static_cast<std::byte*>(block); }

}  // namespace

TEST_CASE("a block has its size and alignment and ends at an inaccessible page", "[guard]") {
  GuardResource guard({.slot_count = 64, .max_block_size = std::size_t{2} << 20});
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{8}, std::size_t{100}, std::size_t{4095}, std::size_t{4096},
        std::size_t{4097}, std::size_t{70'000}, std::size_t{1} << 20}) {
    for (std::size_t alignment = 1; alignment <= 65536; alignment *= 4) {
      CAPTURE(size, alignment);
      std::byte* const block = Bytes(guard.allocate(size, alignment));
      REQUIRE(arena_test::IsAligned(block, alignment));
      arena_test::Fill(block, size, alignment);
      REQUIRE(arena_test::StillHolds(block, size, alignment));
      if (alignment <= kPage) {
        // The first multiple of the alignment at which it could end.
        std::byte* const end = block + (size + alignment - 1) / alignment * alignment;
        REQUIRE(IsReadable(end - 1));
        REQUIRE_FALSE(IsReadable(end));
      }
      REQUIRE_FALSE(IsReadable(block - kPage));
      guard.deallocate(block, size, alignment);
      REQUIRE_FALSE(IsReadable(block));
      REQUIRE_FALSE(IsReadable(block + size - 1));
    }
  }
  CHECK(guard.Stats().unguarded == 0);
}

TEST_CASE("a block of no bytes is served", "[guard]") {
  GuardResource guard;
  void* const block = guard.allocate(0);
  REQUIRE(block != nullptr);
  guard.deallocate(block, 0);
  CHECK_FALSE(IsReadable(block));
}

TEST_CASE("a block stays inaccessible until as many others as there are slots were taken",
          "[guard]") {
  constexpr std::size_t kSlots = 7;
  GuardResource guard({.slot_count = kSlots});
  std::vector<void*> freed;
  for (std::size_t i = 0; i < 3 * kSlots; ++i) {
    void* const block = guard.allocate(100);
    CHECK(IsReadable(block));
    if (i >= kSlots) CHECK(block == freed[i - kSlots]);
    for (std::size_t j = i < kSlots ? 0 : i - kSlots + 1; j < freed.size(); ++j) {
      CHECK_FALSE(IsReadable(freed[j]));
    }
    guard.deallocate(block, 100);
    freed.push_back(block);
  }
}

TEST_CASE("the slot that was freed first serves first", "[guard]") {
  GuardResource guard({.slot_count = 3});
  void* const long_lived = guard.allocate(100);
  void* const first = guard.allocate(100);
  void* const second = guard.allocate(100);
  guard.deallocate(second, 100);
  guard.deallocate(first, 100);
  guard.deallocate(long_lived, 100);
  for (void* const expected : {second, first, long_lived, second}) {
    void* const block = guard.allocate(100);
    CHECK(block == expected);
    guard.deallocate(block, 100);
  }
}

TEST_CASE("the memory of a slot that serves again is all zeros", "[guard]") {
  GuardResource guard({.slot_count = 1});
  for (const std::size_t size : {std::size_t{10'000}, std::size_t{100}, std::size_t{20'000}}) {
    std::byte* const block = Bytes(guard.allocate(size));
    for (std::size_t i = 0; i < size; ++i) REQUIRE(block[i] == std::byte{0});
    arena_test::Fill(block, size, 1);
    guard.deallocate(block, size);
  }
}

TEST_CASE("a guard is equal to itself alone", "[guard]") {
  GuardResource first;
  GuardResource second;
  const arena::GuardLabel label(first, "label");
  CHECK(first.is_equal(first));
  CHECK_FALSE(first.is_equal(second));
  CHECK(label.is_equal(label));
  CHECK_FALSE(label.is_equal(arena::GuardLabel(first, "label")));
}
#endif
