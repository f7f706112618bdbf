// SPDX-License-Identifier: Apache-2.0
//
// One pool, many threads.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"
#include "support/replace.hpp"

namespace {

using arena_test::FakeClock;

constexpr std::size_t kPoolThreads = 4;

template <class Work>
void OnPoolThreads(Work work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kPoolThreads; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

// Leases that wait for another thread.
class Exchange {
 public:
  // Leaves one and takes another, which may be empty.
  arena::ArenaLease Swap(arena::ArenaLease lease, std::size_t slot) {
    const std::lock_guard lock(mutex_);
    arena::ArenaLease& place = slots_[slot % 3];
    arena::ArenaLease other = std::move(place);
    arena_test::Replace(place, std::move(lease));
    return other;
  }

 private:
  std::mutex mutex_;
  arena::ArenaLease slots_[3];
};

struct Counted {
  std::atomic<std::size_t>* deaths;
  ~Counted() { ++*deaths; }
};

}  // namespace

TEST_CASE("threads lease, hand on and return arenas at the same time", "[pool][threads]") {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_idle_bytes = 300'000;
  options.max_keys = 3;
  options.offer_after = std::chrono::milliseconds(20);
  options.max_idle_age = std::chrono::milliseconds(200);
  options.reclaim = arena::Reclaim::kNow;
  arena::ArenaPool pool(options);
  std::atomic<std::size_t> births{0}, deaths{0}, spoilt{0};
  {
    Exchange exchange;
    OnPoolThreads([&](std::size_t thread) {
      arena_test::Random random(thread);
      arena::ArenaLease kept;
      for (std::size_t i = 0; i < 400; ++i) {
        arena::ArenaLease lease = pool.Acquire(random() % 5);
        const std::size_t size = 1 + random() % 30'000;
        void* const block = lease->Alloc(size, 8);
        arena_test::Fill(block, size, thread * 1000 + i);
        arena::Allocate<Counted>(*lease, &deaths);
        ++births;
        FakeClock::Advance(std::chrono::milliseconds(1));
        if (random() % 8 == 0) pool.ShrinkTo(random() % 200'000);
        if (random() % 8 == 0 && pool.Stats().idle_bytes > options.max_idle_bytes) ++spoilt;
        if (random() % 8 == 0 && pool.Stats(1) && pool.Stats(1)->prediction == 0) ++spoilt;
        if (!arena_test::StillHolds(block, size, thread * 1000 + i)) ++spoilt;
        if (random() % 4 == 0)
          arena_test::Replace(kept, exchange.Swap(std::move(lease), random() % 3));
      }
    });
    CHECK(pool.Stats().open <= 3);
  }
  CHECK(spoilt == 0);
  CHECK(births == kPoolThreads * 400);
  CHECK(deaths == births);
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.open == 0);
  CHECK(stats.leases == births);
  CHECK(stats.returned == births);
  CHECK(stats.leases - stats.reused == stats.idle + stats.evicted);
  CHECK(stats.idle_bytes <= options.max_idle_bytes);
}

TEST_CASE("threads that share a pool never share an arena", "[pool][threads]") {
  arena_test::CheckingResource upstream({.fill = false});
  {
    arena::ArenaPoolOptions options;
    options.upstream = &upstream;
    arena::ArenaPool pool(options);
    std::atomic<std::size_t> wrong{0};
    OnPoolThreads([&](std::size_t thread) {
      for (std::size_t i = 0; i < 500; ++i) {
        const arena::ArenaLease lease = pool.Acquire(1);
        auto* const mine = arena::Allocate<std::size_t>(*lease, thread);
        for (int spin = 0; spin < 10; ++spin) {
          if (*mine != thread) ++wrong;
          std::this_thread::yield();
        }
      }
    });
    CHECK(wrong == 0);
    CHECK(pool.Stats().leases == kPoolThreads * 500);
    CHECK(pool.Stats().leases - pool.Stats().reused <= kPoolThreads);
  }
  CHECK(upstream.Check().empty());
}
