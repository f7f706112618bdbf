// SPDX-License-Identifier: Apache-2.0
//
// Forced: while one thread makes a new arena and waits for memory, others use the pool, the same
// key too. If there is no memory in the end, its lease never was.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "support/catch.hpp"
#include "support/interleaving.hpp"

using arena_test::Gate;
using arena_test::GatedResource;
using arena_test::Signal;

namespace {

arena::ArenaPoolOptions WithKeys(GatedResource& upstream, std::size_t keys) {
  arena::ArenaPoolOptions options;
  options.upstream = &upstream;
  options.max_keys = keys;
  return options;
}

// Acquires on a thread that waits at the gate for its memory.
class WaitingForMemory {
 public:
  WaitingForMemory(arena::ArenaPool& pool, GatedResource& upstream) {
    upstream.before_allocate = &gate_;
    thread_ = std::thread([&] {
      try {
        lease_.emplace(pool.Acquire(1));
      } catch (const std::bad_alloc&) {
        failed_ = true;
      }
    });
  }
  ~WaitingForMemory() { Finish(); }
  bool IsThere() { return gate_.WaitUntilReached(); }
  void Finish() {
    gate_.Open();
    if (thread_.joinable()) thread_.join();
  }
  bool WasPassed() const { return gate_.WasPassed(); }
  bool Failed() const { return failed_; }
  arena::ArenaLease& Lease() { return *lease_; }

 private:
  Gate gate_;
  std::optional<arena::ArenaLease> lease_;
  bool failed_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a pool serves others while one waits for memory", "[pool][threads]") {
  GatedResource upstream;
  {
    arena::ArenaPool pool(WithKeys(upstream, 8));
    WaitingForMemory waiting(pool, upstream);
    REQUIRE(waiting.IsThere());
    // With the lock held this would not come to its end.
    Signal served;
    std::thread other([&] {
      for (int i = 0; i < 3; ++i) {
        const arena::ArenaLease lease = pool.Acquire(1);
        lease->Alloc(100);
      }
      served.Set();
    });
    CHECK(served.Wait());
    if (served.IsSet()) CHECK(pool.Stats().open == 0);  // the lease begins when its arena is there
    waiting.Finish();
    other.join();
    CHECK(waiting.WasPassed());
    REQUIRE(waiting.Lease());
    // A new arena, not the one that has become idle in the meantime.
    CHECK(pool.Stats().leases == 4);
    CHECK(pool.Stats().reused == 2);
    CHECK(pool.Stats().idle == 1);
    waiting.Lease()->Alloc(10);
    waiting.Lease().Return();
    CHECK(pool.Stats(1)->returned == 4);
    CHECK(pool.Stats().idle == 2);
  }
  CHECK(upstream.Checked().Check().empty());
}

TEST_CASE("a lease for which there is no memory never was, whatever came in between",
          "[pool][threads]") {
  const bool forgotten = GENERATE(false, true);
  GatedResource upstream;
  {
    arena::ArenaPool pool(WithKeys(upstream, 1));
    upstream.fail = true;
    WaitingForMemory waiting(pool, upstream);
    REQUIRE(waiting.IsThere());
    // The one key that is remembered becomes another one: the first is nobody's but the waiter's.
    {
      const arena::ArenaLease lease = pool.Acquire(forgotten ? 2 : 1);
    }
    CHECK(pool.Stats(1).has_value() == !forgotten);
    waiting.Finish();
    CHECK(waiting.WasPassed());
    CHECK(waiting.Failed());
    const arena::ArenaPoolStats stats = pool.Stats();
    CHECK(stats.leases == 1);
    CHECK(stats.returned == 1);
    CHECK(stats.reused == 0);
    CHECK(stats.open == 0);
    CHECK(stats.idle == 1);
    CHECK(stats.keys == 1);
    CHECK(pool.Stats(forgotten ? 2 : 1)->open == 0);
  }
  CHECK(upstream.Checked().Check().empty());
}
