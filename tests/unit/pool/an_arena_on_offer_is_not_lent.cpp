// SPDX-License-Identifier: Apache-2.0
//
// Forced: an idle arena's pages are on offer, outside the pool's lock, when another thread asks for
// an arena or ends the pool. The arena is nobody else's until it is back. The kernel is stopped on
// the way: this program has a madvise of its own.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "support/catch.hpp"
#include "support/interleaving.hpp"
#include "support/pools.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<arena_test::Gate*> before_advice{nullptr};

}  // namespace

extern "C" int madvise(void* address, std::size_t length, int advice) noexcept {
  if (arena_test::Gate* const gate = before_advice.exchange(nullptr); gate != nullptr) gate->Pass();
  return static_cast<int>(::syscall(SYS_madvise, address, length, advice));
}

using arena_test::FakeClock;
using arena_test::Gate;
using arena_test::Signal;

namespace {

// A thread that has the one idle arena in its hands, to offer its pages. It comes there by
// ShrinkTo, or by the end of a lease of another key.
class Offering {
 public:
  enum class By { kShrinkTo, kReturn };
  Offering(arena::ArenaPool& pool, By by) {
    arena::ArenaLease other = by == By::kReturn ? pool.Acquire(2) : arena::ArenaLease();
    {
      const arena::ArenaLease lease = pool.Acquire(1, 100'000);
      arena_ = &*lease;
      lease->Alloc(100'000);
    }
    FakeClock::Advance(std::chrono::seconds(20));
    before_advice = &gate_;
    if (by == By::kReturn) {
      thread_ = std::thread([lease = std::move(other)]() mutable { lease.Return(); });
    } else {
      thread_ = std::thread([&pool] { pool.ShrinkTo(SIZE_MAX); });
    }
  }
  ~Offering() { Finish(); }
  bool IsThere() { return gate_.WaitUntilReached(); }
  void Finish() {
    gate_.Open();
    if (thread_.joinable()) thread_.join();
  }
  bool WasPassed() const { return gate_.WasPassed(); }
  const arena::MonotonicArena* TheArena() const { return arena_; }

 private:
  Gate gate_;
  const arena::MonotonicArena* arena_;
  std::thread thread_;
};

arena::ArenaPoolOptions OfferAfterTenSeconds() {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.offer_after = std::chrono::seconds(10);
  options.max_idle_age = std::chrono::hours(1);
  return options;
}

}  // namespace

TEST_CASE("an arena whose pages are on offer is not lent, and comes back", "[pool][threads]") {
  arena::ArenaPoolOptions options = OfferAfterTenSeconds();
  options.max_shards = 1;  // the warmest is that of all threads
  arena::ArenaPool pool(options);
  Offering offering(pool, Offering::By::kShrinkTo);
  REQUIRE(offering.IsThere());
  CHECK(pool.Stats().idle == 1);  // it still counts
  CHECK(pool.Stats().idle_bytes >= 100'000);
  CHECK(pool.Stats().offered_bytes == 0);
  bool another = false;
  Signal served;
  std::thread other([&] {
    const arena::ArenaLease lease = pool.Acquire(1, 100'000);
    another = &*lease != offering.TheArena();
    static_cast<void>(arena::AllocateSlice<char>(*lease, 100'000));
    served.Set();
  });
  CHECK(served.Wait());  // without the lock
  other.join();
  CHECK(another);
  offering.Finish();
  CHECK(offering.WasPassed());
  CHECK(pool.Stats().idle == 2);
  CHECK(pool.Stats().offered_bytes >= 90'000);
  CHECK(pool.Stats().reused == 0);
  // The warm one first, then the one that was offered.
  const arena::ArenaLease warm = pool.Acquire(1);
  const arena::ArenaLease cold = pool.Acquire(1);
  CHECK(&*warm != offering.TheArena());
  CHECK(&*cold == offering.TheArena());
  CHECK(pool.Stats().idle_bytes == 0);
}

TEST_CASE("an arena that comes back from an offer is found by other threads", "[pool][threads]") {
  arena::ArenaPoolOptions options = OfferAfterTenSeconds();
  options.max_shards = 3;
  arena::ArenaPool pool(options);
  arena_test::PlayThread(0);
  Offering offering(pool, Offering::By::kShrinkTo);
  REQUIRE(offering.IsThere());
  arena_test::PlayThread(1);
  const arena::ArenaLease meanwhile = pool.Acquire(1, 100'000);  // looks for it in vain
  CHECK(&*meanwhile != offering.TheArena());
  offering.Finish();
  CHECK(offering.WasPassed());
  arena_test::PlayThread(2);
  const arena::ArenaLease later = pool.Acquire(1, 100'000);
  CHECK(&*later == offering.TheArena());
}

TEST_CASE("ShrinkTo and the bound on idle memory count what is on offer", "[pool][threads]") {
  arena::ArenaPoolOptions options = OfferAfterTenSeconds();
  options.max_idle_bytes = 150'000;
  arena::ArenaPool pool(options);
  Offering offering(pool, Offering::By::kShrinkTo);
  REQUIRE(offering.IsThere());
  Signal served;
  std::thread other([&] {
    {
      const arena::ArenaLease lease = pool.Acquire(1, 100'000);
    }
    served.Set();
  });
  CHECK(served.Wait());
  other.join();
  CHECK(pool.Stats().evicted == 1);  // there was no room for a second one
  CHECK(pool.Stats().idle == 1);
  offering.Finish();
  CHECK(offering.WasPassed());
  CHECK(pool.Stats().idle == 1);
  CHECK(pool.Stats().idle_bytes <= options.max_idle_bytes);
}

TEST_CASE("a pool may end while a lease that ends offers pages of it", "[pool][threads]") {
  auto pool = std::make_unique<arena::ArenaPool>(OfferAfterTenSeconds());
  Offering offering(*pool, Offering::By::kReturn);
  REQUIRE(offering.IsThere());
  CHECK(pool->Stats().idle == 2);
  CHECK(pool->Stats().open == 0);
  pool.reset();
  offering.Finish();
  CHECK(offering.WasPassed());  // a sanitizer sees to the rest
}
#endif
