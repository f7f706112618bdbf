// SPDX-License-Identifier: Apache-2.0
//
// Where a request comes to lie between cursor and limit, and which requests do not fit: checked
// against wider integers, for every combination of values around the powers of two.
#include <arena/detail/core/bump.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/wide.hpp"

namespace detail = arena::detail;

namespace {

using arena_test::Wide;
using Place = std::optional<std::pair<std::uintptr_t, std::uintptr_t>>;

constexpr std::size_t kAddressBits = sizeof(std::size_t) * 8;

Place Expected(std::uintptr_t cursor, std::uintptr_t limit, std::size_t size,
               std::size_t alignment) {
  if (size == 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return std::nullopt;
  const Wide start = (Wide{cursor} + alignment - 1) / alignment * alignment;
  const Wide end = start + size + detail::kRedzone;
  if (end > limit) return std::nullopt;
  return std::pair(static_cast<std::uintptr_t>(start), static_cast<std::uintptr_t>(end));
}

// `bump(piece)` says whether it has found a place.
template <class Bump>
Place Found(Bump bump) {
  detail::Piece piece;
  if (!bump(&piece)) return std::nullopt;
  return std::pair(piece.start, piece.last + 1);
}

std::vector<std::size_t> AroundPowers() {
  std::vector<std::size_t> values = {0, 3, 24, 100};
  for (std::size_t bit = 0; bit < kAddressBits; bit += bit < 8 || bit > kAddressBits - 4 ? 1 : 4) {
    const std::size_t power = std::size_t{1} << bit;
    values.insert(values.end(), {power - 1, power, power + 1});
  }
  values.push_back(SIZE_MAX);
  return values;
}

// Windows of user space: none, tiny ones, up to a tebibyte and more; with a tag above the address.
std::vector<std::pair<std::uintptr_t, std::uintptr_t>> Windows() {
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> windows = {{0, 0}};
  std::vector<std::uintptr_t> begins = {16, 4097, SIZE_MAX / 4 + 8};
  if constexpr (kAddressBits == 64) {
    begins = {16, 4097, std::uintptr_t{1} << (kAddressBits - 18),
              (SIZE_MAX << (kAddressBits - 8)) + (std::uintptr_t{1} << (kAddressBits - 18)) + 24};
  }
  for (const std::uintptr_t begin : begins) {
    for (const std::size_t room :
         {std::size_t{0}, std::size_t{1}, std::size_t{25}, std::size_t{4096},
          std::size_t{1} << (kAddressBits / 2 + 8) % 47}) {
      windows.push_back({begin, begin + room});
    }
  }
  return windows;
}

}  // namespace

TEST_CASE("a request lies where wide arithmetic puts it", "[bump]") {
  for (const auto& window : Windows()) {
    const auto [cursor, limit] = window;
    for (const std::size_t size : AroundPowers()) {
      for (const std::size_t alignment : AroundPowers()) {
        CAPTURE(cursor, limit, size, alignment);
        const Place expected = Expected(cursor, limit, size, alignment);
        const Place found = Found([&](detail::Piece* piece) {
          return detail::Bump(window.first - 1, window.second, size, alignment, piece);
        });
        REQUIRE(found == expected);
        // What DoAlloc may be asked for need not be checked again.
        const bool checked = size != 0 && detail::IsPowerOfTwo(alignment) &&
                             Wide{size} + alignment - 1 + detail::kRedzone <= detail::kMaxSize;
        if (!checked) continue;
        const Place found_checked = Found([&](detail::Piece* piece) {
          return detail::BumpChecked(window.first - 1, window.second, size, alignment, piece);
        });
        REQUIRE(found_checked == expected);
      }
    }
  }
}

TEST_CASE("a type lies where wide arithmetic puts it", "[bump]") {
  for (const auto& [begin, limit] : Windows()) {
    for (std::uintptr_t cursor = begin; cursor <= limit && cursor < begin + 40; ++cursor) {
      CAPTURE(cursor, limit);
      const std::uintptr_t end = limit;
      const Place small = Found(
          [&](detail::Piece* piece) { return detail::BumpFixed<24, 8>(cursor - 1, end, piece); });
      REQUIRE(small == Expected(cursor, end, 24, 8));
      const Place page = Found([&](detail::Piece* piece) {
        return detail::BumpFixed<4096, 4096>(cursor - 1, end, piece);
      });
      REQUIRE(page == Expected(cursor, end, 4096, 4096));
    }
  }
}
