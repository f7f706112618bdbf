// SPDX-License-Identifier: Apache-2.0
//
// Reset, Release, ShrinkTo and the end of a scope give memory back to the system; addresses stay.
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "support/catch.hpp"
#include "support/figures.hpp"
#if defined(__linux__)
#include <sys/mman.h>

#include "support/resident_pages.hpp"
#endif

using arena_test::FiguresAgree;

namespace {

// Bytes of the range that are resident.
std::size_t Resident([[maybe_unused]] const arena::VirtualArena& a) {
#if defined(__linux__)
  return arena_test::ResidentBytes(a.Base(), a.Reserved());
#else
  return 0;
#endif
}

void Fill(arena::VirtualArena& a, std::size_t bytes) {
  void* const block = a.Alloc(bytes, 1);
  std::memset(block, 1, bytes);
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

}  // namespace

TEST_CASE("by default Reset retains what is committed") {
  arena::VirtualArena a({.address_space = 64 * kMiB});
  Fill(a, 10 * kMiB);
  const std::size_t cap = a.Cap();
  a.Reset();
  CHECK(a.Cap() == cap);
}

TEST_CASE("Reset decommits what is above retain", "[kernel]") {
  arena::VirtualArena a({.address_space = 64 * kMiB, .retain = kMiB});
  const std::byte* const base = a.Base();
  for (int round = 0; round < 3; ++round) {
    Fill(a, 10 * kMiB);
    CHECK(a.Cap() >= 10 * kMiB);
    a.Reset();
    CHECK(a.Cap() == kMiB);
    CHECK(Resident(a) <= kMiB);
    CHECK(a.Base() == base);
    CHECK(FiguresAgree(a));
  }
}

TEST_CASE("with retain 0 nothing stays, and a scope's end returns what it took", "[kernel]") {
  arena::VirtualArena a({.address_space = 64 * kMiB, .retain = 0});
  Fill(a, 100);
  {
    const arena::ArenaScope scope(a);
    Fill(a, 10 * kMiB);
    CHECK(a.Stats().buffers == 1);  // it does not begin a buffer of its own
  }
  CHECK(a.Cap() < 200);
  CHECK(Resident(a) <= 64 * 1024);
  a.Reset();
  CHECK(a.Cap() == 0);
  CHECK(Resident(a) == 0);
  Fill(a, 100);
  CHECK(a.Len() == 100);
}

TEST_CASE("Release returns all memory, and the range is used again", "[kernel]") {
  arena::VirtualArena a({.address_space = 64 * kMiB});
  Fill(a, 10 * kMiB);
  a.Release();
  CHECK(a.Cap() == 0);
  CHECK(a.Stats().buffers == 1);
  CHECK(Resident(a) == 0);
  const void* const block = a.Alloc(10, 1);
  CHECK((ARENA_HEAP || block == a.Base()));
}

TEST_CASE("ShrinkTo keeps what holds something, in open scopes too") {
  arena::VirtualArena a({.address_space = 64 * kMiB});
  Fill(a, 100'000);
  a.Reserve(10 * kMiB);
  const arena::ArenaScope scope(a);
  Fill(a, 1000);
  a.ShrinkTo(2 * kMiB);
  CHECK(a.Cap() == 2 * kMiB);
  a.ShrinkTo(0);
  CHECK(a.Cap() >= 101'000);
  CHECK(a.Cap() < 101'016);
  CHECK(a.Len() == 101'000);
  CHECK(FiguresAgree(a));
  Fill(a, 300'000);
  CHECK(a.Stats().buffers == 1);
}

TEST_CASE("pages that come back are empty") {
  arena::VirtualArena a({.address_space = 64 * kMiB, .retain = 0});
  Fill(a, kMiB);
  a.Reset();
  const auto* const block = static_cast<const unsigned char*>(a.Alloc(kMiB, 1));
#if !ARENA_MSAN && !ARENA_VALGRIND && !ARENA_HEAP
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kMiB; i += 512) sum += block[i];
  CHECK(sum == 0);
#else
  CHECK(block != nullptr);
#endif
}
