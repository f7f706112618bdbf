// SPDX-License-Identifier: Apache-2.0
//
// Len grows by the size and the padding that this call needed, by nothing else.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::AddressOf;
using arena_test::At;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("100 bytes and 200 bytes make 300", "[raw][places]") {
  arena::MonotonicArena a;
  void* first = a.Alloc(100, 1);
  void* second = a.Alloc(200, 1);
  CHECK(a.Len() == 300);
  CHECK(second == At(first, 100));
  CHECK(a.Peak() == 300);
}

TEST_CASE("every block starts at the first aligned address behind the one before",
          "[raw][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = std::size_t{1} << 20, .upstream = &upstream});
  arena_test::Random random(20);
  std::uintptr_t end = AddressOf(a.Alloc(1, 1)) + 1;
  const std::uintptr_t begin = end - 1;
  for (int i = 0; i < 5000; ++i) {
    const std::size_t size = random() % 120 + 1;
    const std::size_t alignment = std::size_t{1} << random() % 8;
    const std::uintptr_t expected = (end + alignment - 1) / alignment * alignment;
    CAPTURE(i, size, alignment);
    const std::uintptr_t got =
        AddressOf(i % 2 == 0 ? a.Alloc(size, alignment) : a.TryAlloc(size, alignment));
    REQUIRE(got == expected);
    end = expected + size;
    REQUIRE(a.Len() == end - begin);
  }
  CHECK(FiguresAgree(a));
}

TEST_CASE("the default alignment is that of every fundamental type", "[raw][places]") {
  arena::MonotonicArena a;
  void* first = a.Alloc(1);
  void* second = a.TryAlloc(1);
  CHECK(arena_test::IsAligned(first, alignof(std::max_align_t)));
  CHECK(second == At(first, alignof(std::max_align_t)));
  CHECK(a.Len() == alignof(std::max_align_t) + 1);
}

TEST_CASE("a buffer is handed out to its last byte", "[raw]") {
  const std::size_t size = GENERATE(as<std::size_t>{}, 1, 15, 16, 17, 100, 4095, 4096, 4097, 32768);
  CAPTURE(size);
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = size, .upstream = &upstream});
    const std::size_t calls = upstream.Calls();
    SECTION("by one request") { arena_test::Fill(a.Alloc(size, 1), size, 1); }
    SECTION("by single bytes") {
      for (std::size_t i = 0; i < size; ++i) *static_cast<char*>(a.Alloc(1, 1)) = 1;
    }
    CHECK(a.Len() == size);
    CHECK(a.Cap() == size);
    CHECK(upstream.Calls() == calls);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("padding at the start of a buffer of odd size counts, and its size stays exact",
          "[raw]") {
  // The end of a buffer is a multiple of 16, so 100 usable bytes start 12 above one.
  arena::MonotonicArena a({.min_buffer_size = 100});
  void* block = a.Alloc(16, 16);
  CHECK(arena_test::IsAligned(block, 16));
  CHECK(a.Len() == 4 + 16);
  a.Alloc(80, 1);
  CHECK(a.Len() == 100);
  CHECK(a.Cap() == 100);
}

TEST_CASE("what is left behind at the end of a buffer is not in Len", "[raw]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 3});
  for (int i = 0; i < 3; ++i) a.Alloc(60, 1);
  CHECK(a.Len() == 180);
  CHECK(a.Cap() == 300);
  CHECK(a.Stats().waste == 80);
}
