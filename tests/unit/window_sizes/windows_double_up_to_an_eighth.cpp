// SPDX-License-Identifier: Apache-2.0
//
// A thread's windows double up to the usual size, and from there up to an eighth of what it took.
#include <arena/detail/threads/window_sizes.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

using arena::detail::kGranule;
using arena::detail::kLine;
using arena::detail::WindowSizes;

TEST_CASE("windows double up to the usual size, then up to an eighth of what was taken") {
  const WindowSizes sizes(1024, 32 * 1024, 256 * 1024, 256);
  const std::size_t left_out = 1024 - sizes.first();
  CHECK(left_out >= kLine);
  std::size_t size = sizes.first();
  std::size_t taken = size;
  std::size_t moves = 0;
  while (taken < std::size_t{8} << 20) {
    const std::size_t next = sizes.Next(size, taken, 24);
    REQUIRE(next % kLine == 0);
    REQUIRE(next <= 2 * size);
    if (size < 16 * 1024) {
      REQUIRE(next == 2 * size);
    } else if (taken / 8 < 32 * 1024) {
      REQUIRE(next == 32 * 1024 - left_out);
    } else {
      REQUIRE(next <= taken / 8);
      REQUIRE(next <= 256 * 1024 - left_out);
    }
    taken += next;
    size = next;
    ++moves;
  }
  CHECK(size == 256 * 1024 - left_out);
  CHECK(moves < 80);
}

TEST_CASE("a window is large enough for two of the requests that it is taken for") {
  const WindowSizes sizes(1024, 32 * 1024, 256 * 1024, 256);
  for (std::size_t need = 1; need < 15 * 1024; need += 7) {
    const std::size_t next = sizes.Next(sizes.first(), sizes.first(), need);
    REQUIRE(next >= 2 * need);
    REQUIRE(next <= 32 * 1024);
  }
  CHECK(sizes.Next(sizes.first(), sizes.first(), 100000) == 2 * sizes.first());
  CHECK(WindowSizes::MinFor(24) >= 24 + kGranule);
  CHECK(WindowSizes::MinFor(24) % kLine == 0);
}

TEST_CASE("a window with little left is left, and one that stands in the way") {
  CHECK(WindowSizes::MayRetire(256, 1024, 0));
  CHECK_FALSE(WindowSizes::MayRetire(257, 1024, 0));
  CHECK(WindowSizes::MayRetire(4096, 32 * 1024, 0));
  CHECK_FALSE(WindowSizes::MayRetire(4097, 32 * 1024, 0));
  CHECK(WindowSizes::MayRetire(20000, 32 * 1024, 160000));
}

TEST_CASE("options are put in order") {
  const WindowSizes none(0, 0, 0, 300);
  CHECK(none.first() >= 300);
  CHECK(none.Next(none.first(), none.first(), 1) == none.first());
  const WindowSizes upside_down(4096, 1024, 64, 300);
  CHECK(upside_down.Next(upside_down.first(), 4096, 1) == upside_down.first());
  const WindowSizes huge(SIZE_MAX, SIZE_MAX, SIZE_MAX, 300);
  CHECK(huge.Next(huge.first(), huge.first(), 1) >= huge.first());
}
