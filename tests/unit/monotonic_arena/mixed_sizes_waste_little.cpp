// SPDX-License-Identifier: Apache-2.0
//
// How much is left behind at the ends of buffers, beside the forward-only cursor of the library's
// ancestor.
#include <arena/arena.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/forward_only_cursor.hpp"
#include "support/random.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::ForwardOnlyCursor;

namespace {

// 90 % of the sizes are uniform in 1..256, the others in 257..8192.
std::vector<std::size_t> MixedSizes(arena_test::Random& random) {
  std::vector<std::size_t> sizes(100000);
  for (std::size_t& size : sizes) {
    size = random() % 10 != 0 ? random() % 256 + 1 : random() % (8192 - 256) + 257;
  }
  return sizes;
}

template <class Cursor>
void Run(Cursor& cursor, const std::vector<std::size_t>& sizes) {
  for (const std::size_t size : sizes) cursor.Alloc(size, 8);
}

void Shuffle(std::vector<std::size_t>& sizes, arena_test::Random& random) {
  for (std::size_t i = sizes.size() - 1; i > 0; --i) std::swap(sizes[i], sizes[random() % (i + 1)]);
}

double Share(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

TEST_CASE("a load of mixed sizes wastes less than 5 %, the forward-only cursor more",
          "[monotonic]") {
  arena_test::Random random(2024);
  const std::vector<std::size_t> sizes = MixedSizes(random);
  arena::MonotonicArena a;
  Run(a, sizes);
  ForwardOnlyCursor forward_only;
  Run(forward_only, sizes);
  const double lost = Share(a.Stats().waste, a.Len());
  const double lost_forward_only = Share(forward_only.Tails(), forward_only.Len());
  CAPTURE(lost, lost_forward_only);
  CHECK(lost < 0.05);
  CHECK(lost_forward_only > 0.05);
  CHECK(lost < lost_forward_only / 5);
  CHECK(FiguresAgree(a));
  // As many requests as fill some buffers, not as many buffers as requests.
  CHECK(a.Stats().buffers < 1000);
}

TEST_CASE("the same sizes in shuffled order keep Cap within 1.1 times over 25 rounds",
          "[monotonic]") {
  arena_test::Random random(2025);
  std::vector<std::size_t> sizes = MixedSizes(random);
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.upstream = &upstream});
    ForwardOnlyCursor forward_only;
    Run(a, sizes);
    Run(forward_only, sizes);
    const std::size_t first_cap = a.Cap();
    for (int round = 1; round < 25; ++round) {
      a.Reset();
      forward_only.Reset();
      Shuffle(sizes, random);
      Run(a, sizes);
      Run(forward_only, sizes);
    }
    const double grown = Share(a.Cap(), first_cap);
    CAPTURE(grown, a.Cap(), forward_only.Cap());
    CHECK(grown <= 1.1);
    CHECK(a.Cap() < forward_only.Cap());
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}
