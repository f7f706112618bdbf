// SPDX-License-Identifier: Apache-2.0
//
// Shards and keys do not multiply what is idle: the bound is that of the whole pool at any moment,
// whichever of sixteen threads does what. One thread plays them, in a random order, against a model
// that knows what upstream has given; and real threads run into each other while one watches.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"
#include "support/replace.hpp"

namespace {

using arena_test::FakeClock;
using arena_test::PlayThread;

constexpr std::size_t kThreads = 16;
constexpr std::uint64_t kKeys = 12;

struct Open {
  arena::ArenaLease lease;
  std::uint64_t key;
};

struct KeyModel {
  std::size_t open = 0;
  std::uint64_t returned = 0;
  std::uint64_t single_buffer = 0;
};

class Run {
 public:
  Run(std::uint64_t seed, const arena::ArenaPoolOptions& options,
      arena_test::CheckingResource& upstream)
      : random_(seed), options_(options), upstream_(upstream), pool_(std::in_place, options) {}

  void Step() {
    PlayThread(Below(kThreads));
    switch (Below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        if (open_.size() < 40) Acquire();
        break;
      case 4:
      case 5:
      case 6:
      case 7:
        if (!open_.empty()) Return();
        break;
      case 8:
        FakeClock::Advance(std::chrono::milliseconds(Below(Below(20) == 0 ? 3000 : 10)));
        break;
      default:
        if (Below(8) == 0) ShrinkTo(Below(400'000));
    }
    Check();
  }

  // The pool ends before its leases.
  void Finish() {
    pool_.reset();
    std::size_t buffers = 0;
    for (const Open& open : open_) buffers += open.lease->Stats().buffers;
    REQUIRE(upstream_.LiveBlocks() == buffers);
    while (!open_.empty()) {
      PlayThread(Below(2 * kThreads));
      open_.pop_back();
    }
    REQUIRE(upstream_.LiveBlocks() == 0);
  }

 private:
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  void Acquire() {
    const std::uint64_t key = Below(kKeys);
    if (Below(20) == 0) upstream_.FailAt(1, arena_test::Failure::kBadAlloc);
    try {
      open_.push_back({pool_->Acquire(key), key});
      ++leases_;
      ++keys_[key].open;
    } catch (const std::bad_alloc&) {
      ++refused_;
    }
    upstream_.FailNever();
  }

  void Return() {
    Open& open = open_[Below(open_.size())];
    // Sizes of a key differ, and those of keys do: from 2 KB to 100 KB.
    const std::size_t need = 2000 + Below(8'000 * (static_cast<std::size_t>(open.key) + 1));
    for (std::size_t i = 0; i < need / 500; ++i) open.lease->Alloc(500, 1);
    KeyModel& key = keys_[open.key];
    --key.open;
    ++key.returned;
    if (open.lease->Stats().buffers == 1) ++key.single_buffer;
    arena_test::RemoveUnordered(open_, open);
    ++returned_;
  }

  void ShrinkTo(std::size_t bytes) {
    pool_->ShrinkTo(bytes);
    REQUIRE(pool_->Stats().idle_bytes <= bytes);
  }

  void Check() {
    const arena::ArenaPoolStats stats = pool_->Stats();
    REQUIRE(stats.idle_bytes <= options_.max_idle_bytes);
    REQUIRE(stats.keys <= options_.max_keys);
    REQUIRE(stats.leases == leases_);
    REQUIRE(stats.returned == returned_);
    REQUIRE(stats.open == open_.size());
    REQUIRE(stats.leases - stats.reused == stats.open + stats.idle + stats.evicted);
    REQUIRE(arena_test::IsAccountedFor(upstream_, stats, open_, 160));
    if (options_.max_keys < kKeys) return;
    for (const auto& [id, model] : keys_) {
      const auto known = pool_->Stats(id);
      REQUIRE(known);
      REQUIRE(known->open == model.open);
      REQUIRE(known->returned == model.returned);
      REQUIRE(known->single_buffer == model.single_buffer);
    }
  }

  arena_test::Random random_;
  arena::ArenaPoolOptions options_;
  arena_test::CheckingResource& upstream_;
  std::optional<arena::ArenaPool> pool_;
  std::vector<Open> open_;
  std::map<std::uint64_t, KeyModel> keys_;
  std::uint64_t leases_ = 0, returned_ = 0, refused_ = 0;
};

}  // namespace

TEST_CASE("sixteen threads and many keys share one bound", "[pool]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  CAPTURE(seed);
  arena_test::CheckingResource upstream({.fill = false});
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.upstream = &upstream;
  options.max_shards = seed == 6 ? 5 : kThreads;  // threads share shards, too
  options.max_idle_bytes = seed % 2 == 0 ? 200'000 : 2'000'000;
  options.max_keys = seed % 3 == 0 ? 4 : 100;
  options.max_idle_age = std::chrono::seconds(2);
  Run run(seed, options, upstream);
  for (int step = 0; step < 4000; ++step) run.Step();
  run.Finish();
  CHECK(upstream.Check().empty());
}

TEST_CASE("a watcher never sees more idle than the bound, whatever threads do", "[pool][threads]") {
  arena::ArenaPoolOptions options;
  options.max_shards = 8;
  options.max_idle_bytes = 400'000;
  options.max_idle_age = std::chrono::milliseconds(20);
  options.offer_after = std::chrono::milliseconds(1);
  arena::ArenaPool pool(options);
  std::atomic<std::size_t> running{8};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&pool, &running, thread] {
      arena_test::Random random(thread);
      std::vector<arena::ArenaLease> leases;
      for (int i = 0; i < 1500; ++i) {
        leases.push_back(pool.Acquire(random() % 6));
        leases.back()->Alloc(1 + static_cast<std::size_t>(random() % 60'000), 1);
        if (leases.size() > random() % 6) leases.clear();
      }
      --running;
    });
  }
  std::size_t looks = 0;
  std::size_t too_many = 0;
  std::size_t do_not_add_up = 0;
  do {
    const arena::ArenaPoolStats stats = pool.Stats();
    ++looks;
    if (stats.idle_bytes > options.max_idle_bytes) ++too_many;
    if (stats.returned > stats.leases) ++do_not_add_up;
  } while (running != 0);
  for (std::thread& thread : threads) thread.join();
  CHECK(looks > 0);
  CHECK(too_many == 0);
  CHECK(do_not_add_up == 0);
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.leases == 8 * 1500);
  CHECK(stats.returned == stats.leases);
  CHECK(stats.leases - stats.reused == stats.idle + stats.evicted);
  std::uint64_t returned = 0;
  for (std::uint64_t key = 0; key < 6; ++key) {
    CHECK(pool.Stats(key)->open == 0);
    returned += pool.Stats(key)->returned;
  }
  CHECK(returned == stats.returned);
}
