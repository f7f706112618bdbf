// SPDX-License-Identifier: Apache-2.0
//
// Undo takes back the padding before the last block, in the window where that block lay: wherever the
// window was before, and no other block's.
#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <memory>

#include "support/catch.hpp"

using arena::detail::Address;
using arena::detail::Window;

namespace {

constexpr std::size_t kBytes = 256;

// Two regions, one above the other.
struct Regions {
  std::unique_ptr<std::byte[]> memory = std::make_unique<std::byte[]>(2 * kBytes);
  std::byte* low() const { return memory.get(); }
  std::byte* high() const { return memory.get() + kBytes; }
};

}  // namespace

TEST_CASE("undo takes back the padding before the last block", "[places]") {
  const Regions regions;
  Window window;
  window.Set(regions.low(), regions.low() + kBytes);
  void* first = nullptr;
  REQUIRE(window.Bump(1, 1, &first));
  const Address before = window.position();
  void* padded = nullptr;
  REQUIRE(window.Bump(8, 64, &padded));
  REQUIRE(window.Resize(padded, 8, 0));
  CHECK(window.cursor() == padded);
  window.UndoPadding(before, padded);
  CHECK(window.position() == before);
}

TEST_CASE("undo of a block that is not the last changes nothing", "[places]") {
  const Regions regions;
  Window window;
  window.Set(regions.low(), regions.low() + kBytes);
  const Address before = window.position();
  void* block = nullptr;
  REQUIRE(window.Bump(8, 8, &block));
  const Address after = window.position();
  window.UndoPadding(before, block);  // it was not given back
  CHECK(window.position() == after);
  window.UndoPadding(before, regions.high());
  CHECK(window.position() == after);
}

TEST_CASE("undo of a block that the window was moved for stays in the new window", "[places]") {
  const Regions regions;
  const bool goes_up = GENERATE(false, true);
  std::byte* const from = goes_up ? regions.low() : regions.high();
  std::byte* const to = goes_up ? regions.high() : regions.low();
  Window window;
  window.Set(from, from + kBytes);
  void* first = nullptr;
  REQUIRE(window.Bump(3, 1, &first));
  const Address before = window.position();
  window.Set(to + 1, to + kBytes);
  void* const block = window.BumpAfterMove(8, 16);
  REQUIRE(block == to + 16);
  REQUIRE(window.Resize(block, 8, 0));
  window.UndoPadding(before, block);
  CHECK(window.cursor() == to + 1);
  CHECK(window.limit() == to + kBytes);
}
