// SPDX-License-Identifier: Apache-2.0
//
// What a prediction means for the arena of a lease.
#include <arena/detail/pool/pool_settings.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

using arena::PageResource;
using arena::detail::Chunk;
using arena::detail::kMaxSize;
using arena::detail::LeaseSizes;
using arena::detail::PoolSettings;

namespace {

PoolSettings Unbounded(bool in_pages) {
  arena::ArenaPoolOptions options;
  options.max_idle_bytes = options.max_arena_bytes = SIZE_MAX;
  return {options, in_pages};
}

}  // namespace

TEST_CASE("a first buffer in pages holds the prediction and fills whole pages", "[pool]") {
  const PoolSettings settings = Unbounded(true);
  const std::size_t page = PageResource::PageSize();
  for (std::size_t prediction = 1; prediction < 40 * page; prediction += 13) {
    CAPTURE(prediction);
    const std::size_t size = settings.FirstBuffer(prediction);
    REQUIRE(size >= prediction);
    REQUIRE(Chunk::BlockBytes(size) % page == 0);
    REQUIRE(size < prediction + page);
  }
}

TEST_CASE("a first buffer from elsewhere is what was predicted, but about a page at least",
          "[pool]") {
  const PoolSettings settings = Unbounded(false);
  CHECK(settings.FirstBuffer(1) == settings.min_buffer);
  CHECK(Chunk::BlockBytes(settings.min_buffer) == PageResource::PageSize());
  CHECK(settings.FirstBuffer(settings.min_buffer) == settings.min_buffer);
  CHECK(settings.FirstBuffer(settings.min_buffer + 1) == settings.min_buffer + 1);
  CHECK(settings.FirstBuffer(1'000'001) == 1'000'001);
}

TEST_CASE("twice a prediction is lent and one and a half times is kept", "[pool]") {
  const PoolSettings settings = Unbounded(false);
  const LeaseSizes sizes = settings.SizesFor(100'000);
  CHECK(sizes.min == 100'000);
  CHECK(sizes.max == 200'000);
  CHECK(sizes.retain == 150'000);
  // A new arena is always one that may be kept.
  for (const std::size_t prediction : {1U, 100U, 4000U, 5000U, 9000U, 100'000U}) {
    const PoolSettings in_pages = Unbounded(true);
    CHECK(in_pages.SizesFor(prediction).retain >= in_pages.FirstBuffer(prediction));
    CHECK(in_pages.SizesFor(prediction).max >= in_pages.SizesFor(prediction).retain);
  }
}

TEST_CASE("sizes near the end of the range do not wrap", "[pool]") {
  for (const bool in_pages : {false, true}) {
    const PoolSettings settings = Unbounded(in_pages);
    for (const std::size_t prediction :
         {kMaxSize, kMaxSize - 1, kMaxSize / 2, kMaxSize / 2 + 1, kMaxSize - 5000}) {
      CAPTURE(in_pages, prediction);
      const LeaseSizes sizes = settings.SizesFor(prediction);
      CHECK(settings.FirstBuffer(prediction) >= prediction);
      CHECK(sizes.min == prediction);
      CHECK(sizes.max >= prediction);
      CHECK(sizes.retain >= prediction);
    }
    // No arena is that large.
    for (const std::size_t prediction : {kMaxSize + 1, SIZE_MAX - 1, SIZE_MAX}) {
      const LeaseSizes sizes = settings.SizesFor(prediction);
      CHECK(sizes.min == kMaxSize);
      CHECK(sizes.max == 2 * kMaxSize);
      CHECK(sizes.retain == kMaxSize);
    }
  }
}
