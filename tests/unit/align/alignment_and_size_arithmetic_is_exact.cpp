// SPDX-License-Identifier: Apache-2.0
//
// The integer arithmetic under everything: checked against wider integers and, where the range is
// small enough, against every value.
#include <arena/detail/core/align.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/wide.hpp"

namespace detail = arena::detail;

namespace {

using arena_test::Wide;

constexpr std::size_t kBits = sizeof(std::size_t) * 8;

// Around every power of two, where carries and signs go wrong.
std::vector<std::size_t> InterestingValues() {
  std::vector<std::size_t> values;
  for (std::size_t bit = 0; bit < kBits; ++bit) {
    const std::size_t power = std::size_t{1} << bit;
    for (const std::size_t offset : {0u, 1u, 2u, 15u, 16u}) {
      values.push_back(power + offset);
      values.push_back(power - offset);
    }
  }
  values.push_back(0);
  arena_test::Random random(1);
  for (int i = 0; i < 100; ++i) values.push_back(random() >> random() % kBits);
  return values;
}

}  // namespace

TEST_CASE("powers of two are told from everything else", "[align]") {
  for (std::size_t value = 0; value < 5000; ++value) {
    std::size_t bits = 0;
    for (std::size_t rest = value; rest != 0; rest /= 2) bits += rest % 2;
    CAPTURE(value);
    REQUIRE(detail::IsPowerOfTwo(value) == (bits == 1));
  }
  for (std::size_t bit = 0; bit < kBits; ++bit) {
    const std::size_t power = std::size_t{1} << bit;
    CAPTURE(bit);
    CHECK(detail::IsPowerOfTwo(power));
    CHECK_FALSE(detail::IsPowerOfTwo(power | (power >> 1) | 1 | (bit == 0 ? 2u : 0u)));
    CHECK(detail::IsPowerOfTwo(power - 1) == (bit == 1));
  }
  CHECK_FALSE(detail::IsPowerOfTwo(SIZE_MAX));
}

TEST_CASE("rounding to an alignment is exact for every small value", "[align]") {
  for (std::size_t alignment = 1; alignment <= 256; alignment *= 2) {
    for (std::size_t value = 0; value < 2048; ++value) {
      const std::size_t below = value / alignment * alignment;
      const std::size_t above = (value + alignment - 1) / alignment * alignment;
      CAPTURE(alignment, value);
      REQUIRE(detail::AlignDown(value, alignment) == below);
      REQUIRE(detail::AlignUp(value, alignment) == above);
    }
  }
}

TEST_CASE("rounding up wraps to 0 above the last multiple and nowhere else", "[align]") {
  for (std::size_t bit = 0; bit < kBits; ++bit) {
    const std::size_t alignment = std::size_t{1} << bit;
    for (const std::size_t value : InterestingValues()) {
      const Wide above = (Wide{value} + alignment - 1) / alignment * alignment;
      CAPTURE(alignment, value);
      REQUIRE(detail::AlignUp(value, alignment) == static_cast<std::size_t>(above));
      REQUIRE((detail::AlignUp(value, alignment) < value) == (above > SIZE_MAX));
      REQUIRE(detail::AlignDown(value, alignment) == value / alignment * alignment);
    }
  }
}

TEST_CASE("a sum of sizes is right or refused", "[align]") {
  for (const std::size_t a : InterestingValues()) {
    for (const std::size_t b : InterestingValues()) {
      const Wide sum = Wide{a} + b;
      std::size_t result = 77;
      const bool fits = detail::AddSizes(a, b, &result);
      CAPTURE(a, b);
      REQUIRE(fits == (sum <= detail::kMaxSize));
      REQUIRE(result == (fits ? static_cast<std::size_t>(sum) : 77));
    }
  }
}

TEST_CASE("a product of sizes is right or refused", "[align]") {
  for (const std::size_t a : InterestingValues()) {
    for (const std::size_t b : InterestingValues()) {
      const Wide product = Wide{a} * b;
      std::size_t result = 77;
      const bool fits = detail::MultiplySizes(a, b, &result);
      CAPTURE(a, b);
      REQUIRE(fits == (product <= detail::kMaxSize));
      REQUIRE(result == (fits ? static_cast<std::size_t>(product) : 77));
    }
  }
}

TEST_CASE("the largest size is that of pointer differences", "[align]") {
  STATIC_REQUIRE(detail::kMaxSize == static_cast<std::size_t>(PTRDIFF_MAX));
  STATIC_REQUIRE(detail::MinOf(1, 2) == 1);
  STATIC_REQUIRE(detail::MinOf(SIZE_MAX, 0) == 0);
  STATIC_REQUIRE(detail::MaxOf(1, 2) == 2);
  STATIC_REQUIRE(detail::MaxOf(SIZE_MAX, 0) == SIZE_MAX);
}
