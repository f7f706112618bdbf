// SPDX-License-Identifier: Apache-2.0
//
// The quantile of the latest needs, against the same worked out from all of them.
#include <algorithm>
#include <arena/detail/pool/need_history.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

// The smallest of the last `length` needs that at least that share of them does not pass.
std::size_t ModelQuantile(const std::vector<std::size_t>& needs, std::size_t length,
                          double quantile) {
  const std::size_t count = std::min(needs.size(), length);
  if (count == 0) return 0;
  std::vector<std::size_t> latest(needs.end() - static_cast<std::ptrdiff_t>(count), needs.end());
  std::sort(latest.begin(), latest.end());
  const double share = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (static_cast<double>(i + 1) >= share) return latest[i];
  }
  return latest.back();
}

// Feeds `count` needs below `bound` to a history and checks each answer.
bool AgreesWithModel(std::size_t length, double quantile, std::size_t count, std::size_t bound,
                     std::uint64_t seed) {
  arena_test::Random random(seed);
  arena::detail::NeedHistory history(length, quantile);
  std::vector<std::size_t> needs;
  if (history.Quantile() != 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t before = history.Quantile();
    needs.push_back(static_cast<std::size_t>(random() % bound));
    const bool changed = history.Add(needs.back());
    if (history.Quantile() != ModelQuantile(needs, length, quantile)) return false;
    if (changed != (history.Quantile() != before)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a quantile of the latest needs is that of the same needs sorted", "[pool][history]") {
  const std::size_t length =
      GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{64}, std::size_t{100});
  const double quantile = GENERATE(0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0);
  // Many equal needs, few equal needs, and next to none.
  const std::size_t bound = GENERATE(std::size_t{3}, std::size_t{50}, SIZE_MAX / 4);
  CAPTURE(length, quantile, bound);
  CHECK(AgreesWithModel(length, quantile, 3 * length + 10, bound, length * 7 + bound));
}

TEST_CASE("of twenty needs the 95 % quantile is the last but one", "[pool][history]") {
  arena::detail::NeedHistory history(64, 0.95);
  for (std::size_t need = 20; need >= 1; --need) history.Add(need * 100);
  CHECK(history.Quantile() == 1900);
}

TEST_CASE("a need that is older than the history is forgotten", "[pool][history]") {
  arena::detail::NeedHistory history(8, 1.0);
  history.Add(100'000'000);
  for (int i = 0; i < 7; ++i) history.Add(10);
  CHECK(history.Quantile() == 100'000'000);
  CHECK(history.Add(10));
  CHECK(history.Quantile() == 10);
}

TEST_CASE("a history of length 0 remembers the latest need", "[pool][history]") {
  arena::detail::NeedHistory history(0, 0.95);
  CHECK(history.Quantile() == 0);
  history.Add(7);
  CHECK(history.Quantile() == 7);
  history.Add(3);
  CHECK(history.Quantile() == 3);
}

TEST_CASE("a quantile outside 0 to 1 counts as the nearest of the two, NaN as 0",
          "[pool][history]") {
  const auto of_three = [](double quantile) {
    arena::detail::NeedHistory history(64, quantile);
    for (const std::size_t need : {20U, 30U, 10U}) history.Add(need);
    return history.Quantile();
  };
  CHECK(of_three(-1.0) == 10);
  CHECK(of_three(-std::numeric_limits<double>::infinity()) == 10);
  CHECK(of_three(std::numeric_limits<double>::quiet_NaN()) == 10);
  CHECK(of_three(1.5) == 30);
  CHECK(of_three(1e300) == 30);
  CHECK(of_three(std::numeric_limits<double>::infinity()) == 30);
}

TEST_CASE("needs of any size are taken", "[pool][history]") {
  arena::detail::NeedHistory history(4, 0.5);
  for (const std::size_t need : {SIZE_MAX, std::size_t{0}, SIZE_MAX, std::size_t{0}}) {
    history.Add(need);
  }
  CHECK(history.Quantile() == 0);
  history.Add(SIZE_MAX);
  history.Add(SIZE_MAX);
  CHECK(history.Quantile() == SIZE_MAX);
}
