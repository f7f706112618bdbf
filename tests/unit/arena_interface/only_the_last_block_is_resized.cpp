// SPDX-License-Identifier: Apache-2.0
//
// TryResize refuses whatever is not the last allocation of the window, and changes nothing then.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::Figures;

namespace {

constexpr std::size_t kMaxSize = PTRDIFF_MAX;

void CheckRefused(arena::MonotonicArena& a, void* block, std::size_t old_size,
                  std::size_t new_size) {
  CAPTURE(old_size, new_size);
  const std::string before = Figures(a);
  CHECK_FALSE(a.TryResize(block, old_size, new_size));
  CHECK(Figures(a) == before);
}

void CheckNeverResized(arena::MonotonicArena& a, void* block, std::size_t size) {
  for (const std::size_t new_size : {std::size_t{0}, std::size_t{1}, size / 2, size, size + 1,
                                     2 * size, kMaxSize, kMaxSize + 1, SIZE_MAX}) {
    CheckRefused(a, block, size, new_size);
  }
}

}  // namespace

TEST_CASE("a block that is not the last is not resized", "[raw][places]") {
  arena::MonotonicArena a;
  void* first = a.Alloc(100, 1);
  void* second = a.Alloc(50, 1);
  CheckNeverResized(a, first, 100);
  CheckRefused(a, At(first, 99), 50, 60);
  CHECK(a.TryResize(second, 50, 60));
}

TEST_CASE("a size that is not the block's is refused", "[raw][places]") {
  arena::MonotonicArena a;
  a.Alloc(16, 1);
  void* block = a.Alloc(100, 1);
  for (const std::size_t wrong :
       {std::size_t{0}, std::size_t{1}, std::size_t{99}, std::size_t{101}, std::size_t{116},
        kMaxSize, kMaxSize + 1, SIZE_MAX, SIZE_MAX - 15, std::size_t{0} - 100}) {
    CheckRefused(a, block, wrong, 0);
    CheckRefused(a, block, wrong, 50);
    CheckRefused(a, block, wrong, 200);
  }
  CHECK(a.TryResize(block, 100, 101));
}

TEST_CASE("a block does not grow beyond what the window has", "[raw][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  void* block = a.Alloc(100, 1);
  for (const std::size_t too_large : {std::size_t{1025}, std::size_t{4096}, kMaxSize, kMaxSize + 1,
                                      SIZE_MAX, SIZE_MAX - 100, SIZE_MAX - 1023}) {
    CheckRefused(a, block, 100, too_large);
  }
  CHECK(a.TryResize(block, 100, 1024));
}

TEST_CASE("a block does not grow over a cleanup record", "[raw][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  arena::Own(a, std::make_unique<int>(1));
  const std::size_t room = 1024 - a.Stats().records;
  CHECK(room < 1024);
  void* block = a.Alloc(100, 1);
  CheckRefused(a, block, 100, room + 1);
  CHECK(a.TryResize(block, 100, room));
  arena_test::Fill(block, room, 1);
}

TEST_CASE("null, foreign and zero-sized blocks are refused", "[raw]") {
  arena::MonotonicArena a;
  arena::MonotonicArena other;
  SECTION("of an unused arena") {}
  SECTION("of a used arena") { a.Alloc(100, 1); }
  std::byte local[100];
  CheckRefused(a, nullptr, 0, 0);
  CheckRefused(a, nullptr, 0, 100);
  CheckRefused(a, nullptr, 100, 0);
  CheckRefused(a, nullptr, 100, 200);
  CheckNeverResized(a, local, sizeof local);
  CheckNeverResized(a, other.Alloc(100, 1), 100);
  CheckNeverResized(a, a.Alloc(0, 1), 0);
  CheckNeverResized(a, a.Alloc(0, 16), 16);
}

TEST_CASE("nothing is resized in an arena without a window", "[raw]") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  std::byte local[16];
  CheckRefused(a, nullptr, 0, 16);
  CheckRefused(a, nullptr, 16, 32);
  CheckNeverResized(a, local, sizeof local);
}

TEST_CASE("a block in a buffer that the window has left is refused", "[raw]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 2});
  void* block = a.Alloc(60, 1);
  void* moved = a.Alloc(60, 1);
  CHECK(a.Len() == 120);
  CheckNeverResized(a, block, 60);
  // Not even when the window is empty again.
  REQUIRE(a.TryResize(moved, 60, 0));
  CheckNeverResized(a, block, 60);
}

TEST_CASE("a block in an oversized chunk is refused, though it has spare room", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
  void* small_block = a.Alloc(100, 1);
  void* large_block = a.Alloc(2100, 1);
  CHECK(a.Cap() == 1024 + 2560);
  CheckNeverResized(a, large_block, 2100);
  CHECK(a.TryResize(small_block, 100, 0));  // the window has not moved
  CheckNeverResized(a, large_block, 2100);
}

TEST_CASE("a block of an earlier round is refused", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  void* block = a.Alloc(100, 1);
  a.Reset();
  CheckNeverResized(a, block, 100);
  a.Alloc(40, 1);
  CheckNeverResized(a, block, 100);
}

TEST_CASE("what no arena could serve does not reach DoTryResize", "[raw]") {
  class Listener : public arena::Arena {
   public:
    std::size_t Len() const noexcept override { return 0; }
    std::size_t Cap() const noexcept override { return 0; }
    std::size_t Peak() const noexcept override { return 0; }
    int asked = 0;

   protected:
    void* DoAlloc(std::size_t, std::size_t) noexcept override { return nullptr; }
    bool DoTryResize(void*, std::size_t, std::size_t) noexcept override {
      ++asked;
      return true;
    }
    void DoReset() noexcept override {}
    void DoRelease() noexcept override {}
  };
  Listener a;
  std::byte block[16];
  CHECK_FALSE(a.TryResize(nullptr, 16, 8));
  CHECK_FALSE(a.TryResize(block, 0, 8));
  CHECK_FALSE(a.TryResize(block, 16, kMaxSize + 1));
  CHECK_FALSE(a.TryResize(block, 16, SIZE_MAX));
  CHECK(a.asked == 0);
  CHECK(a.TryResize(block, 16, 8));
  CHECK(a.asked == 1);
}
