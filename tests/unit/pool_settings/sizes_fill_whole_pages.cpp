// SPDX-License-Identifier: Apache-2.0
//
// What a prediction means for the arena of a lease.
#include <arena/detail/pool/pool_settings.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

using arena::PageResource;
using arena::detail::Chunk;
using arena::detail::LeaseSizes;
using arena::detail::LeaseSizing;

TEST_CASE("a first buffer in pages holds the prediction and fills whole pages", "[pool]") {
  const LeaseSizing sizing(true);
  const std::size_t page = PageResource::PageSize();
  for (std::size_t prediction = 1; prediction < 40 * page; prediction += 13) {
    CAPTURE(prediction);
    const std::size_t size = sizing.FirstBuffer(prediction);
    REQUIRE(size >= prediction);
    REQUIRE(Chunk::BlockBytes(size) % page == 0);
    REQUIRE(size < prediction + page);
  }
}

TEST_CASE("a first buffer from elsewhere is what was predicted, but about a page at least",
          "[pool]") {
  const LeaseSizing sizing(false);
  CHECK(sizing.FirstBuffer(1) == sizing.MinBuffer());
  CHECK(Chunk::BlockBytes(sizing.MinBuffer()) == PageResource::PageSize());
  CHECK(sizing.FirstBuffer(sizing.MinBuffer()) == sizing.MinBuffer());
  CHECK(sizing.FirstBuffer(sizing.MinBuffer() + 1) == sizing.MinBuffer() + 1);
  CHECK(sizing.FirstBuffer(1'000'001) == 1'000'001);
}

TEST_CASE("twice a prediction is lent and one and a half times is kept", "[pool]") {
  const LeaseSizing sizing(false);
  const LeaseSizes sizes = sizing.SizesFor(100'000);
  CHECK(sizes.min == 100'000);
  CHECK(sizes.max == 200'000);
  CHECK(sizes.retain == 150'000);
  // A new arena is always one that may be kept.
  for (const std::size_t prediction : {1U, 100U, 4000U, 5000U, 9000U, 100'000U}) {
    const LeaseSizing in_pages(true);
    CHECK(in_pages.SizesFor(prediction).retain >= in_pages.FirstBuffer(prediction));
    CHECK(in_pages.SizesFor(prediction).max >= in_pages.SizesFor(prediction).retain);
  }
}

TEST_CASE("sizes near the end of the range do not wrap", "[pool]") {
  for (const bool in_pages : {false, true}) {
    const LeaseSizing sizing(in_pages);
    for (const std::size_t prediction :
         {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 2 - 5000}) {
      CAPTURE(in_pages, prediction);
      const LeaseSizes sizes = sizing.SizesFor(prediction);
      CHECK(sizing.FirstBuffer(prediction) >= prediction);
      CHECK(sizes.min == prediction);
      CHECK(sizes.max >= prediction);
      CHECK(sizes.retain >= prediction);
    }
  }
  CHECK(LeaseSizing::WithOverhead(SIZE_MAX) == SIZE_MAX);
  CHECK(LeaseSizing::WithOverhead(SIZE_MAX - 10) == SIZE_MAX);
  CHECK(LeaseSizing::WithOverhead(100) == 164);
}
