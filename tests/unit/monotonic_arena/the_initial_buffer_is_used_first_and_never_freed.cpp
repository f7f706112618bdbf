// SPDX-License-Identifier: Apache-2.0
//
// The caller's storage is used first, to its last usable byte, and never freed, whatever its size
// and alignment.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::AddressOf;
using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

namespace {

constexpr std::byte kUntouched{0xEE};

bool AllUntouched(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    if (byte != kUntouched) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every byte of the caller's buffer counts, wherever it lies", "[monotonic][places]") {
  alignas(16) std::byte storage[16 + 600 + 16];
  CheckingResource upstream;
  for (const std::size_t size :
       {1u, 2u, 7u, 15u, 16u, 17u, 30u, 31u, 32u, 33u, 64u, 100u, 500u, 600u}) {
    for (std::size_t offset = 0; offset < 16; ++offset) {
      CAPTURE(size, offset);
      for (std::byte& byte : storage) byte = kUntouched;
      const std::span<std::byte> given = std::span(storage).subspan(offset, size);
      // Up to 15 bytes at an unaligned end are a tail; a span within one granule is all tail.
      const std::size_t unaligned = (offset + size) % 16;
      const std::size_t usable = size > unaligned ? size - unaligned : 0;
      {
        arena::MonotonicArena a({.initial_buffer = given, .upstream = &upstream});
        REQUIRE(a.Cap() == size);
        REQUIRE(a.Len() == 0);
        REQUIRE(a.Stats().waste == size - usable);
        REQUIRE(a.Stats().free == usable);
        REQUIRE(a.Stats().buffers == 1);
        REQUIRE(upstream.Calls() == 0);
        if (usable != 0) {
          void* block = a.Alloc(usable, 1);
          REQUIRE(block == given.data());
          arena_test::Fill(block, usable, size);
          REQUIRE(a.Len() == usable);
          REQUIRE(a.TryResize(block, usable, usable));
          REQUIRE_FALSE(a.TryResize(block, usable, usable + 1));
        }
        REQUIRE(a.Cap() == size);
        REQUIRE(FiguresAgree(a));
        a.Reset();
        REQUIRE(a.Cap() == size);
        a.Release();
        REQUIRE(a.Cap() == size);
        REQUIRE(a.Stats().free == usable);
        if (usable != 0) REQUIRE(a.Alloc(1, 1) == given.data());
      }
      // Nothing around what could be used was written, and all of it is the caller's again.
      REQUIRE(AllUntouched(std::span(storage).first(offset)));
      REQUIRE(AllUntouched(std::span(storage).subspan(offset + usable)));
      for (std::byte& byte : given) byte = kUntouched;
    }
  }
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("an empty caller's buffer is none", "[monotonic]") {
  std::byte storage[16];
  const arena::MonotonicArena a({.initial_buffer = std::span(storage).first(0)});
  CHECK(a.Cap() == 32768);
  CHECK(a.Stats().buffers == 1);
}

TEST_CASE("the caller's buffer counts as the first of the initial ones", "[monotonic]") {
  CheckingResource upstream;
  std::vector<std::byte> storage(500);
  for (const std::size_t count : {0u, 1u, 2u, 4u}) {
    CAPTURE(count);
    const arena::MonotonicArena a({.min_buffer_size = 1000,
                                   .initial_buffer_count = count,
                                   .initial_buffer = storage,
                                   .upstream = &upstream});
    const std::size_t others = count < 2 ? 0 : count - 1;
    CHECK(a.Cap() == 500 + 1000 * others);
    CHECK(upstream.LiveBlocks() == others);
  }
}

TEST_CASE("the caller's buffer is used first, then upstream, and never given to it",
          "[monotonic]") {
  CheckingResource upstream;
  alignas(64) std::byte storage[1000];
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 400, .initial_buffer = storage, .upstream = &upstream});
    CHECK(LiesAt(a.Alloc(900, 1), storage));
    CHECK(upstream.Calls() == 0);
    void* outside = a.Alloc(200, 1);
    CHECK(upstream.Calls() == 1);
    CHECK((ARENA_HEAP || upstream.Holds(outside, 200)));
    CHECK(a.Cap() == 1000 + 400);
    a.Release();
    CHECK(upstream.LiveBlocks() == 0);
    CHECK(Figures(a) == "len 0, cap 1000, peak 1100, buffers 1, records 0, waste 8, free 992");
    CHECK(LiesAt(a.Alloc(900, 1), storage));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("equal rounds find the caller's buffer first again", "[monotonic]") {
  CheckingResource upstream;
  std::vector<std::byte> storage(777);
  arena::MonotonicArena a(
      {.min_buffer_size = 400, .initial_buffer = storage, .upstream = &upstream});
  std::size_t calls = 0;
  for (int round = 0; round < 6; ++round) {
    CHECK(LiesAt(a.Alloc(10, 1), storage.data()));
    for (std::size_t i = 1; i < 100; ++i) a.Alloc(i, 8);
    if (round == 0) calls = upstream.Calls();
    CHECK(upstream.Calls() == calls);
    a.Reset();
  }
}

TEST_CASE("a caller's buffer too small for anything does no harm", "[monotonic]") {
  CheckingResource upstream;
  {
    alignas(16) std::byte storage[16];
    const std::span<std::byte> tiny = std::span(storage).subspan(1, 9);
    arena::MonotonicArena a({.initial_buffer = tiny, .upstream = &upstream});
    CHECK(a.Cap() == 9);
    CHECK(a.TryAlloc(1, 1) != nullptr);
    CHECK(a.Cap() == 9 + 32768);
    CHECK(a.Stats().waste == 9);
    CHECK(a.Stats().buffers == 2);
    a.Reset();
    CHECK(FiguresAgree(a));
    CHECK(a.Stats().waste == 9);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 9);
    a.Release();
    a.Alloc(100000, 1);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("any alignment is kept in a misaligned caller's buffer", "[monotonic][places]") {
  CheckingResource upstream;
  std::vector<std::byte> storage(20000);
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
      CAPTURE(offset, alignment);
      const std::span<std::byte> given = std::span(storage).subspan(offset, 16384);
      arena::MonotonicArena a({.initial_buffer = given, .upstream = &upstream});
      const std::uintptr_t begin = AddressOf(given.data());
      const std::uintptr_t expected = (begin + alignment - 1) / alignment * alignment;
      CHECK(AddressOf(a.Alloc(64, alignment)) == expected);
      CHECK(a.Len() == expected - begin + 64);
    }
  }
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("a large caller's buffer serves large requests", "[monotonic]") {
  CheckingResource upstream;
  std::vector<std::byte> storage(4 << 20);
  arena::MonotonicArena a({.initial_buffer = storage, .upstream = &upstream});
  CHECK(a.Alloc(3 << 20, 4096) != nullptr);
  CHECK(upstream.Calls() == 0);
  CHECK(a.Owns(storage.data() + (3 << 20)));
}
