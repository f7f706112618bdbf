// SPDX-License-Identifier: Apache-2.0
//
// Random acquire, use, return, shrink and passing time, against a model of every bound. The
// upstream counts what the pool really holds.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"
#include "support/replace.hpp"

namespace {

using arena_test::FakeClock;

struct LeasedBlock {
  void* start;
  std::size_t size;
  std::size_t seed;
};

struct Open {
  arena::ArenaLease lease;
  std::uint64_t key;
  std::vector<LeasedBlock> blocks;
};

class RandomRun {
 public:
  RandomRun(std::uint64_t seed, const arena::ArenaPoolOptions& options,
            arena_test::CheckingResource& upstream)
      : random_(seed), options_(options), upstream_(upstream), pool_(options) {}

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        if (open_.size() < 12) Acquire();
        break;
      case 3:
      case 4:
        if (!open_.empty()) Return();
        break;
      case 5:
        ShrinkTo(Below(3) == 0 ? Below(200'000) : SIZE_MAX);
        break;
      case 6:
        FakeClock::Advance(std::chrono::milliseconds(Below(400)));
        break;
      case 7:
        LetAllGrowOld();
        break;
      default:
        if (!open_.empty()) Use(open_[Below(open_.size())]);
    }
    CheckBounds();
  }

  void Finish() {
    while (!open_.empty()) Return();
    CheckBounds();
    REQUIRE(pool_.Stats().reused > 20);
  }

 private:
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  void Acquire() {
    const std::uint64_t key = Below(6);
    const auto known = pool_.Stats(key);
    const std::size_t expected = Below(3) == 0 ? Below(60'000) : 0;
    const std::uint64_t reused = pool_.Stats().reused;
    const std::size_t idle = pool_.Stats().idle_bytes;
    open_.push_back({pool_.Acquire(key, expected), key, {}});
    ++leases_;
    used_keys_.insert(key);
    const arena::MonotonicArena& arena = *open_.back().lease;
    // Large enough, empty, in one piece, and not much larger than that.
    const std::size_t prediction =
        std::max<std::size_t>(known ? known->prediction : 1, expected == 0 ? 1 : expected + 64);
    REQUIRE(arena.Cap() >= prediction);
    REQUIRE(arena.Cap() <= std::max(2 * prediction, arena_test::SmallestArena()));
    REQUIRE(arena.Len() == 0);
    REQUIRE(arena.Stats().records == 0);
    REQUIRE(arena.Stats().buffers == 1);
    if (pool_.Stats().reused != reused) REQUIRE(pool_.Stats().idle_bytes + arena.Cap() <= idle);
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) REQUIRE(&*open_[i].lease != &arena);
  }

  void Use(Open& open) {
    const std::size_t size = 1 + Below(Below(4) == 0 ? 20'000 : 800);
    void* const start = open.lease->Alloc(size, std::size_t{1} << Below(7));
    arena_test::Fill(start, size, ++seed_);
    open.blocks.push_back({start, size, seed_});
    if (Below(4) == 0) arena::Allocate<arena_test::Tracked>(*open.lease, 1);
  }

  void Return() {
    Open& open = open_[Below(open_.size())];
    for (const LeasedBlock& block : open.blocks) {
      REQUIRE(arena_test::StillHolds(block.start, block.size, block.seed));
    }
    const std::size_t cap = open.lease->Cap();
    const bool one_buffer = open.lease->Stats().buffers == 1;
    const std::size_t idle = pool_.Stats().idle;
    open.lease.Return();
    ++returned_;
    if (one_buffer) ++in_one_buffer_;
    if (!one_buffer || cap > options_.max_arena_bytes) REQUIRE(pool_.Stats().idle <= idle);
    arena_test::RemoveUnordered(open_, open);
  }

  void ShrinkTo(std::size_t bytes) {
    pool_.ShrinkTo(bytes);
    REQUIRE(pool_.Stats().idle_bytes <= bytes);
  }

  void LetAllGrowOld() {
    FakeClock::Advance(options_.max_idle_age);
    const std::size_t idle = pool_.Stats().idle;
    if (Below(2) == 0) {
      pool_.ShrinkTo(SIZE_MAX);
      REQUIRE(pool_.Stats().idle == 0);
    } else {
      Acquire();  // gives up four of them, and may have taken one
      const std::size_t left = pool_.Stats().idle;
      REQUIRE(left <= idle - std::min<std::size_t>(idle, 4));
      REQUIRE(left + 5 >= idle);
    }
  }

  void CheckBounds() {
    const arena::ArenaPoolStats stats = pool_.Stats();
    REQUIRE(stats.idle_bytes <= options_.max_idle_bytes);
    REQUIRE(stats.keys <= options_.max_keys);
    REQUIRE(stats.keys <= used_keys_.size());
    REQUIRE(stats.open == open_.size());
    REQUIRE(stats.leases == leases_);
    REQUIRE(stats.returned == returned_);
    REQUIRE(stats.single_buffer == in_one_buffer_);
    REQUIRE(stats.reused <= stats.leases);
    // Every arena there ever was is leased, idle or given up.
    REQUIRE(stats.leases - stats.reused == stats.open + stats.idle + stats.evicted);
    REQUIRE(arena_test::IsAccountedFor(upstream_, stats, open_, 96));
  }

  arena_test::Random random_;
  arena::ArenaPoolOptions options_;
  arena_test::CheckingResource& upstream_;
  arena::ArenaPool pool_;
  std::vector<Open> open_;
  std::set<std::uint64_t> used_keys_;
  std::size_t seed_ = 0;
  std::uint64_t leases_ = 0, returned_ = 0, in_one_buffer_ = 0;
};

}  // namespace

TEST_CASE("whatever is done with a pool, its bounds hold and its figures add up", "[pool]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  CAPTURE(seed);
  arena_test::LifetimeLog log;
  arena_test::CheckingResource upstream({.fill = false});
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.upstream = &upstream;
  options.max_idle_bytes = seed % 2 == 0 ? 150'000 : 1'000'000;
  options.max_arena_bytes = 80'000;
  options.max_keys = seed % 3 == 0 ? 3 : 100;
  options.max_idle_age = std::chrono::seconds(5);
  options.history = seed % 4 == 0 ? 4 : 64;
  {
    RandomRun run(seed, options, upstream);
    for (int step = 0; step < 1500; ++step) run.Step();
    run.Finish();
  }
  CHECK(log.Check().empty());
  CHECK(log.Destructions() > 50);
  CHECK(upstream.Check().empty());
}
