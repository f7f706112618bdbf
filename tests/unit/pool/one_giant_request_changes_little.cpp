// SPDX-License-Identifier: Apache-2.0
//
// One request that is far larger than its kind leaves the pool as it was. Beside it the pool of the
// library's ancestor, on which one such request tells for good.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

constexpr std::size_t kGiant = 100'000'000;
constexpr std::uint64_t kKeyA = 1;
constexpr std::uint64_t kKeyB = 2;
constexpr std::size_t kRounds = 300;

void UseBytes(arena::MonotonicArena& arena, std::size_t bytes) {
  while (bytes != 0) {
    const std::size_t piece = std::min<std::size_t>(bytes, 1000);
    arena.Alloc(piece, 1);
    bytes -= piece;
  }
}

// The ancestor's rules: an arena goes to whoever asks next, of any key; a new one starts with the
// mean of the peaks that the last 50 arenas of the key showed at their return, peaks of their whole
// lives.
class AncestorsPool {
 public:
  std::unique_ptr<arena::MonotonicArena> Acquire(std::uint64_t key) {
    if (!idle_.empty()) {
      auto arena = std::move(idle_.back());
      idle_.pop_back();
      return arena;
    }
    return std::make_unique<arena::MonotonicArena>(arena::MonotonicArenaOptions{
        .min_buffer_size = std::max<std::size_t>(Estimate(key), 1024)});
  }
  void Return(std::uint64_t key, std::unique_ptr<arena::MonotonicArena> arena) {
    std::vector<std::size_t>& peaks = peaks_[key];
    peaks.push_back(arena->Peak());
    if (peaks.size() > 50) peaks.erase(peaks.begin());
    arena->Reset();
    idle_.push_back(std::move(arena));
  }
  std::size_t Estimate(std::uint64_t key) {
    const std::vector<std::size_t>& peaks = peaks_[key];
    if (peaks.empty()) return 0;
    return static_cast<std::size_t>(std::accumulate(peaks.begin(), peaks.end(), std::uint64_t{0}) /
                                    peaks.size());
  }

 private:
  std::map<std::uint64_t, std::vector<std::size_t>> peaks_;
  std::vector<std::unique_ptr<arena::MonotonicArena>> idle_;
};

struct Load {
  std::vector<std::size_t> a = arena_test::LogNormalSizes(11, kRounds, 100 * 1024, 0.5);
  std::vector<std::size_t> b = arena_test::LogNormalSizes(12, kRounds, 4096, 0.5);
};

// What each lease held at its end, and what was predicted for the next.
struct Trace {
  std::vector<std::size_t> a_holds, b_holds, a_predictions, b_predictions;
};

// Leases of A and B in turn. Before round `giant_at` comes the giant request, under A.
Trace Run(const arena::ArenaPoolOptions& options, std::size_t giant_at) {
  const Load load;
  arena::ArenaPool pool(options);
  Trace trace;
  for (std::size_t round = 0; round < kRounds; ++round) {
    if (round == giant_at) {
      const arena::ArenaLease giant = pool.Acquire(kKeyA);
      UseBytes(*giant, kGiant);
    }
    {
      const arena::ArenaLease lease = pool.Acquire(kKeyA);
      UseBytes(*lease, load.a[round]);
      trace.a_holds.push_back(lease->Cap());
    }
    {
      const arena::ArenaLease lease = pool.Acquire(kKeyB);
      UseBytes(*lease, load.b[round]);
      trace.b_holds.push_back(lease->Cap());
    }
    trace.a_predictions.push_back(pool.Stats(kKeyA)->prediction);
    trace.b_predictions.push_back(pool.Stats(kKeyB)->prediction);
  }
  return trace;
}

constexpr std::size_t kNever = SIZE_MAX;

}  // namespace

TEST_CASE("one giant request changes nothing for another key, and little for its own", "[pool]") {
  arena::ArenaPoolOptions options;
  // With bounds that let the giant's arena pass, too: sizing does not rest on them.
  if (GENERATE(false, true)) {
    options.max_arena_bytes = SIZE_MAX;
    options.max_idle_bytes = SIZE_MAX / 2;
  }
  const std::size_t giant_at = GENERATE(std::size_t{0}, std::size_t{5}, std::size_t{150});
  CAPTURE(giant_at, options.max_arena_bytes);
  const Trace usual = Run(options, kNever);
  const Trace trace = Run(options, giant_at);

  CHECK(trace.b_holds == usual.b_holds);
  CHECK(trace.b_predictions == usual.b_predictions);

  const std::size_t p95 = arena_test::Percentile95(Load().a);
  std::size_t too_much = 0, far_off = 0, different = 0;
  for (std::size_t round = giant_at + 50; round < kRounds; ++round) {
    if (trace.a_holds[round] > 2 * std::max(p95, Load().a[round])) ++too_much;
    const double ratio = static_cast<double>(trace.a_predictions[round]) /
                         static_cast<double>(usual.a_predictions[round]);
    if (ratio < 0.9 || ratio > 1.25) ++far_off;
    // When the giant is forgotten, only the number of buffers, 16 bytes each, may tell of it.
    if (round >= giant_at + 64 && (ratio < 0.99 || ratio > 1.01)) ++different;
  }
  CHECK(too_much == 0);
  CHECK(far_off == 0);
  CHECK(different == 0);
}

TEST_CASE("a giant request is seldom the rule even right after it", "[pool]") {
  const std::size_t giant_at = 150;
  const Trace usual = Run({}, kNever);
  const Trace trace = Run({}, giant_at);
  for (std::size_t round = giant_at; round < kRounds; ++round) {
    REQUIRE(trace.a_predictions[round] < 2 * usual.a_predictions[round]);
    REQUIRE(trace.a_holds[round] < kGiant / 100);
  }
}

TEST_CASE("the ancestor's pool learns the giant request for good, under both keys", "[pool]") {
  const Load load;
  AncestorsPool pool;
  std::size_t last_a = 0, last_b = 0;
  const auto lease = [&pool](std::uint64_t key, std::size_t bytes) {
    auto arena = pool.Acquire(key);
    UseBytes(*arena, bytes);
    const std::size_t cap = arena->Cap();
    pool.Return(key, std::move(arena));
    return cap;
  };
  for (std::size_t round = 0; round < kRounds; ++round) {
    if (round == 150) lease(kKeyA, kGiant);
    last_a = lease(kKeyA, load.a[round]);
    last_b = lease(kKeyB, load.b[round]);
  }
  // It would have each arena hold so much; what Reset has freed meanwhile is no merit of the pool.
  CHECK(last_a < kGiant);
  CHECK(pool.Estimate(kKeyA) >= kGiant);
  CHECK(pool.Estimate(kKeyB) >= kGiant);

  const Trace trace = Run({}, 150);
  CHECK(trace.a_holds.back() < pool.Estimate(kKeyA) / 100);
  CHECK(trace.b_holds.back() < pool.Estimate(kKeyB) / 1000);
  CHECK(trace.b_holds.back() <= last_b);
}
