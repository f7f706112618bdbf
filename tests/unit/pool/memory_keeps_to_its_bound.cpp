// SPDX-License-Identifier: Apache-2.0
//
// A seeded load on three keys of very different sizes: most leases are served from one buffer, and
// what the pool and its leases hold stays in proportion to what the leases need, at every step. The
// same for the leases of many threads, which one thread plays: then what one of them has learned of a
// key reaches the others a moment later.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"
#include "support/replace.hpp"

namespace {

constexpr std::size_t kKeys = 3;
constexpr std::size_t kLeasesPerKey = 2000;
constexpr std::size_t kWarmUp = 100;  // leases of a key
constexpr std::size_t kIdleBytes = std::size_t{16} << 20;
constexpr std::array<double, kKeys> kMedians = {4096, 100 * 1024, 4 * 1024 * 1024};

struct OpenLease {
  arena::ArenaLease lease;
  std::size_t key;
  std::size_t number;  // of its key
  std::size_t need;
  std::size_t used;
};

struct Outcome {
  std::size_t steps = 0;
  std::size_t steps_over_the_bound = 0;
  std::size_t largest_idle = 0;
  std::size_t most_open = 0;
  std::array<std::size_t, kKeys> leases{};  // after the warm-up
  std::array<std::size_t, kKeys> in_one_buffer{};
};

struct Load {
  std::size_t window;  // so many leases are open at once
  std::size_t threads = 1;
  std::size_t key_count = kKeys;
  std::size_t idle_bytes = kIdleBytes;
};

// 2000 leases of each of the first `key_count` keys, in random order, each step on a random thread;
// each lease allocates piece by piece until it has what it needs.
Outcome RunLoad(std::uint64_t seed, const Load& load) {
  const auto& [window, threads, key_count, max_idle_bytes] = load;
  const std::size_t idle_bytes = max_idle_bytes;  // clang 14 has no lambda capture a binding
  arena_test::Random random(seed);
  std::array<std::vector<std::size_t>, kKeys> needs;
  std::array<std::size_t, kKeys> p95{};
  std::vector<std::size_t> order;
  for (std::size_t key = 0; key < key_count; ++key) {
    needs[key] = arena_test::LogNormalSizes(seed * kKeys + key, kLeasesPerKey, kMedians[key], 0.5);
    p95[key] = arena_test::Percentile95(needs[key]);
    order.insert(order.end(), kLeasesPerKey, key);
  }
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);

  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_bytes = idle_bytes;
  options.max_shards = threads;
  arena::ArenaPool pool(options);
  std::vector<OpenLease> open;
  Outcome outcome;
  const auto check = [&] {
    const std::size_t idle = pool.Stats().idle_bytes;
    std::size_t held = idle;
    std::size_t needed = 0;
    for (const OpenLease& each : open) {
      held += each.lease->Cap();
      needed += std::max(p95[each.key], each.used);
    }
    ++outcome.steps;
    if (held > 2 * needed + idle_bytes) ++outcome.steps_over_the_bound;
    outcome.largest_idle = std::max(outcome.largest_idle, idle);
    outcome.most_open = std::max(outcome.most_open, open.size());
  };

  std::array<std::size_t, kKeys> begun{};
  for (std::size_t next = 0; next < order.size() || !open.empty();) {
    arena_test::PlayThread(threads == 1 ? 0 : random() % threads);
    arena_test::FakeClock::Advance(std::chrono::microseconds(10));
    if (next < order.size() && open.size() < window) {
      const std::size_t key = order[next++];
      const std::size_t number = begun[key]++;
      open.push_back({pool.Acquire(key), key, number, needs[key][number], 0});
      check();
      continue;
    }
    OpenLease& lease = open[random() % open.size()];
    const std::size_t size = std::min(
        lease.need - lease.used, 1 + static_cast<std::size_t>(random()) % (lease.need / 16 + 1));
    lease.lease->Alloc(size, 1);
    lease.used += size;
    check();
    if (lease.used < lease.need) continue;
    if (lease.number >= kWarmUp) {
      ++outcome.leases[lease.key];
      if (lease.lease->Stats().buffers == 1) ++outcome.in_one_buffer[lease.key];
    }
    arena_test::RemoveUnordered(open, lease);
    check();
  }
  return outcome;
}

void RunAndCheck(std::uint64_t seed, const Load& load) {
  const Outcome outcome = RunLoad(seed, load);
  CHECK(outcome.most_open == load.window);
  CHECK(outcome.steps > load.key_count * kLeasesPerKey * 10);
  CHECK(outcome.steps_over_the_bound == 0);
  CHECK(outcome.largest_idle <= load.idle_bytes);
  for (std::size_t key = 0; key < load.key_count; ++key) {
    CAPTURE(key, outcome.in_one_buffer[key], outcome.leases[key]);
    CHECK(outcome.leases[key] == kLeasesPerKey - kWarmUp);
    CHECK(outcome.in_one_buffer[key] * 10 >= outcome.leases[key] * 9);
  }
}

}  // namespace

TEST_CASE("leases fit one buffer and memory keeps to its bound, whatever is open at once",
          "[pool]") {
  const std::size_t window = GENERATE(std::size_t{1}, std::size_t{8}, std::size_t{64});
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(window, seed);
  RunAndCheck(seed, {.window = window});
}

TEST_CASE("small leases alone keep to the bound, too, with next to nothing idle", "[pool]") {
  constexpr std::size_t kLittle = 64 * 1024;
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  RunAndCheck(seed, {.window = 64, .key_count = 1, .idle_bytes = kLittle});
}

TEST_CASE("leases of many threads fit one buffer and keep to the bound, too", "[pool]") {
  const std::size_t threads = GENERATE(std::size_t{8}, std::size_t{16});
  const std::size_t window = GENERATE(std::size_t{8}, std::size_t{64});
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  CAPTURE(threads, window, seed);
  RunAndCheck(seed, {.window = window, .threads = threads});
}
