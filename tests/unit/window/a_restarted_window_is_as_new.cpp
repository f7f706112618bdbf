// SPDX-License-Identifier: Apache-2.0
//
// A window that is restarted, where it is or elsewhere, hands out all of its bytes and resizes its
// blocks in place, as one does that was just set.
#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <memory>

#include "support/catch.hpp"

using arena::detail::Window;

namespace {

constexpr std::size_t kBytes = 256;
constexpr std::size_t kBlock = 32;

// That the window is [begin, end), unused, and works.
void CheckIsNew(Window& window, std::byte* begin, std::byte* end) {
  CHECK(window.cursor() == begin);
  CHECK(window.limit() == end);
  CHECK(window.Room() == static_cast<std::size_t>(end - begin));
  void* block = nullptr;
  REQUIRE(window.Bump(kBlock, 16, &block));
  CHECK(block == begin);
  CHECK(window.Resize(block, kBlock, 2 * kBlock));
  CHECK(window.Resize(block, 2 * kBlock, 0));
  CHECK(window.cursor() == begin);
}

void Use(Window& window) {
  void* block = nullptr;
  REQUIRE(window.Bump(kBlock, 1, &block));
  REQUIRE(window.Bump(1, 1, &block));
}

}  // namespace

TEST_CASE("a window that is restarted where it is", "[places]") {
  const auto memory = std::make_unique<std::byte[]>(kBytes);
  Window window;
  window.Set(memory.get(), memory.get() + kBytes);
  for (int round = 0; round < 3; ++round) {
    Use(window);
    window.Restart();
    CheckIsNew(window, memory.get(), memory.get() + kBytes);
  }
}

TEST_CASE("a window that is restarted after its cleanups ran has the bytes of their records",
          "[places]") {
  const auto memory = std::make_unique<std::byte[]>(kBytes);
  Window window;
  window.Set(memory.get(), memory.get() + kBytes);
  int calls = 0;
  const auto count = [](void* object) noexcept { ++*static_cast<int*>(object); };
  REQUIRE(window.OpenSegment({count, &calls}));
  REQUIRE(window.PushCleanup({count, &calls}));
  Use(window);
  window.RunCleanups();
  CHECK(calls == 2);
  window.Restart();
  CheckIsNew(window, memory.get(), memory.get() + kBytes);
}

TEST_CASE("a window that is restarted elsewhere", "[places]") {
  const auto memory = std::make_unique<std::byte[]>(2 * kBytes);
  std::byte* const low = memory.get();
  std::byte* const high = memory.get() + kBytes;
  Window window;
  SECTION("for the first time") {}
  SECTION("after it was set") { window.Set(high + 16, high + kBytes); }
  window.Restart(high, high + kBytes);
  CheckIsNew(window, high, high + kBytes);
  Use(window);
  window.Restart(low, low + kBytes / 2);
  CheckIsNew(window, low, low + kBytes / 2);
  Use(window);
  window.Restart(high, high + kBytes);
  CheckIsNew(window, high, high + kBytes);
}
