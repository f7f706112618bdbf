// SPDX-License-Identifier: Apache-2.0
//
// What a pool does where several threads use it. One thread plays all of them, each with its shard, so
// that the order is the same every time.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/pools.hpp"

namespace {

using arena_test::FakeClock;
using arena_test::PlayThread;
using std::chrono::milliseconds;
using std::chrono::seconds;

arena::ArenaPoolOptions WithShards(std::size_t count) {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.max_shards = count;
  return options;
}

const void* IdentityOf(const arena::MonotonicArena& arena) { return &arena; }

// A lease that needs `bytes`; returns its arena, for comparisons.
const void* LeaseAndUse(arena::ArenaPool& pool, std::uint64_t key, std::size_t bytes) {
  const arena::ArenaLease lease = pool.Acquire(key, bytes);
  lease->Alloc(bytes, 1);
  return IdentityOf(*lease);
}

}  // namespace

TEST_CASE("threads in turn, each with a warm arena, keep to their own", "[pool]") {
  arena::ArenaPool pool(WithShards(16));
  std::vector<const void*> arenas;
  {
    std::vector<arena::ArenaLease> leases;
    for (std::size_t thread = 0; thread < 16; ++thread) {
      PlayThread(thread);
      leases.push_back(pool.Acquire(1));
      arenas.push_back(&*leases.back());
    }
    for (std::size_t thread = 0; thread < 16; ++thread) {
      PlayThread(thread);
      leases[thread].Return();
    }
  }
  CHECK(std::set<const void*>(arenas.begin(), arenas.end()).size() == 16);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t thread = 0; thread < 16; ++thread) {
      PlayThread(thread);
      CHECK(LeaseAndUse(pool, 1, 100) == arenas[thread]);
    }
  }
  CHECK(pool.Stats().idle == 16);
  CHECK(pool.Stats().reused == 3 * 16);
}

TEST_CASE("an arena goes where the thread that returns it takes its next one", "[pool]") {
  arena::ArenaPool pool(WithShards(4));
  PlayThread(0);
  arena::ArenaLease lease = pool.Acquire(1);
  const void* const handed_over = &*lease;
  const void* const stays = LeaseAndUse(pool, 1, 100);
  PlayThread(1);
  lease.Return();
  CHECK(LeaseAndUse(pool, 1, 100) == handed_over);
  PlayThread(0);
  CHECK(LeaseAndUse(pool, 1, 100) == stays);
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.open == 0);
  CHECK(stats.leases == 4);
  CHECK(stats.returned == 4);
  CHECK(pool.Stats(1)->open == 0);
  CHECK(pool.Stats(1)->returned == 4);
  CHECK(pool.Stats(1)->single_buffer == 4);
}

TEST_CASE("thirty threads in turn use one arena", "[pool]") {
  arena::ArenaPool pool(WithShards(30));
  std::set<const void*> arenas;
  for (std::size_t thread = 0; thread < 30; ++thread) {
    PlayThread(thread);
    arenas.insert(LeaseAndUse(pool, 1, 10'000));
  }
  CHECK(arenas.size() == 1);
  CHECK(pool.Stats().reused == 29);
  CHECK(pool.Stats().idle == 1);
}

TEST_CASE("of other threads' arenas only one that fits is taken", "[pool]") {
  arena::ArenaPool pool(WithShards(3));
  PlayThread(0);
  LeaseAndUse(pool, 1, 1'000'000);
  PlayThread(1);
  const void* const fits = LeaseAndUse(pool, 2, 20'000);
  CHECK(pool.Stats().reused == 0);
  PlayThread(2);
  CHECK(LeaseAndUse(pool, 3, 18'000) == fits);
  CHECK(pool.Stats().idle == 2);
}

TEST_CASE("a thread in whose shard nothing was found is asked again", "[pool]") {
  arena::ArenaPool pool(WithShards(3));
  PlayThread(0);
  const void* const first = LeaseAndUse(pool, 1, 100);
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    CHECK(&*lease == first);
    PlayThread(1);
    const arena::ArenaLease other = pool.Acquire(5);  // looks for it in vain
    CHECK(&*other != first);
    other->Alloc(200'000);  // more than is kept
    PlayThread(0);
  }
  CHECK(pool.Stats().idle == 1);
  PlayThread(2);
  CHECK(LeaseAndUse(pool, 1, 100) == first);
}

TEST_CASE("what one thread has learned of a key serves the others", "[pool]") {
  arena::ArenaPool pool(WithShards(16));
  const auto lease = [&pool](std::size_t bytes) {
    arena::ArenaLease each = pool.Acquire(1);
    const std::size_t cap = each->Cap();
    for (std::size_t i = 0; i < bytes / 100; ++i) each->Alloc(100, 1);
    return cap;
  };
  PlayThread(15);
  LeaseAndUse(pool, 9, 10);  // the pool has a second shard from then on
  PlayThread(0);
  for (int i = 0; i < 3; ++i) lease(200'000);
  for (std::size_t thread = 1; thread < 15; ++thread) {
    PlayThread(thread);
    CHECK(lease(200'000) >= 200'000);
  }
  CHECK(pool.Stats(1)->prediction >= 200'000);
  CHECK(pool.Stats(1)->prediction <= 210'000);

  SECTION("growth is noticed within a few leases, however little time passes") {
    // All shards have stopped to bring each need.
    for (std::size_t thread = 0; thread < 15; ++thread) {
      PlayThread(thread);
      for (int i = 0; i < 80; ++i) lease(200'000);
    }
    std::size_t too_small = 0;
    for (int i = 0; i < 100; ++i) {
      PlayThread(3);
      if (lease(400'000) < 400'000) ++too_small;
    }
    CHECK(too_small < 20);
    PlayThread(8);
    CHECK(lease(400'000) >= 400'000);
  }
  SECTION("decline is noticed as time passes") {
    for (int i = 0; i < 200; ++i) {
      FakeClock::Advance(milliseconds(1));
      PlayThread(static_cast<std::size_t>(i) % 15);
      lease(1000);
    }
    CHECK(pool.Stats(1)->prediction < 2000);
    PlayThread(8);
    CHECK(lease(1000) <= arena_test::SmallestArena());
  }
}

TEST_CASE("needs that two threads bring count one by one, in either's leases", "[pool]") {
  arena::ArenaPool pool(WithShards(2));
  PlayThread(0);
  LeaseAndUse(pool, 7, 10);
  PlayThread(1);
  LeaseAndUse(pool, 7, 10);
  // 100 leases of which one in ten is large: the 95 % are a large one.
  for (std::size_t i = 0; i < 100; ++i) {
    PlayThread(i % 2);
    LeaseAndUse(pool, 1, i % 10 == 0 ? 50'000 : 100);
  }
  CHECK(pool.Stats(1)->prediction >= 50'000);
  CHECK(pool.Stats(1)->returned == 100);
}

TEST_CASE("a forgotten key is forgotten for all threads", "[pool]") {
  // Its successors need as much, or less.
  const std::size_t bytes = GENERATE(std::size_t{10}, std::size_t{50'000});
  arena::ArenaPoolOptions options = WithShards(4);
  options.max_keys = 3;
  arena::ArenaPool pool(options);
  PlayThread(0);
  LeaseAndUse(pool, 1, bytes);
  arena::ArenaLease old = pool.Acquire(1);
  PlayThread(1);
  for (std::uint64_t key = 10; key < 40; ++key) {
    LeaseAndUse(pool, key, 10);
    CHECK(pool.Stats().keys <= 3);
  }
  CHECK_FALSE(pool.Stats(1));
  PlayThread(2);
  old.Return();  // of a key that is nobody's
  CHECK_FALSE(pool.Stats(1));
  PlayThread(0);
  {
    // Its shard knows the key from before, and has to learn that it starts anew.
    const arena::ArenaLease again = pool.Acquire(1);
    REQUIRE(pool.Stats(1));
    CHECK(pool.Stats(1)->open == 1);
    CHECK(pool.Stats(1)->returned == 0);
    CHECK(pool.Stats(1)->prediction == 1);
  }
  CHECK(pool.Stats(1)->returned == 1);
  CHECK(pool.Stats().keys == 3);
  CHECK(pool.Stats().open == 0);
}

TEST_CASE("a key in use by any thread is not forgotten before those that are not", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(4);
  options.max_keys = 10;
  arena::ArenaPool pool(options);
  for (std::uint64_t key = 100; key < 1000; ++key) {
    FakeClock::Advance(milliseconds(10));
    PlayThread(key % 4);
    LeaseAndUse(pool, 1, 10);
    PlayThread((key + 1) % 4);
    LeaseAndUse(pool, key, 10);
  }
  REQUIRE(pool.Stats(1));
  CHECK(pool.Stats(1)->returned == 900);
  CHECK(pool.Stats().keys == 10);
}

TEST_CASE("however many keys there are, a shard makes one give way once a millisecond", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(2);
  options.max_keys = 3;
  arena::ArenaPool pool(options);
  for (const std::size_t thread : {0U, 1U}) {
    PlayThread(thread);
    LeaseAndUse(pool, thread, 10);
  }
  LeaseAndUse(pool, 2, 10);
  for (std::uint64_t key = 10; key < 30; key += 2) {
    LeaseAndUse(pool, key, 10);
    CHECK(pool.Stats(key)->returned == 1);
    LeaseAndUse(pool, key + 1, 50'000);  // is served, and leaves nothing behind
    CHECK_FALSE(pool.Stats(key + 1));
    CHECK(pool.Stats().keys == 3);
    CHECK(pool.Stats().open == 0);
    FakeClock::Advance(milliseconds(1));
  }
}

TEST_CASE("needs of a forgotten key do not count for its successor", "[pool]") {
  // The pool is that of one thread at first.
  const std::size_t first = GENERATE(std::size_t{0}, std::size_t{1});
  arena::ArenaPoolOptions options = WithShards(2);
  options.max_keys = 2;
  arena::ArenaPool pool(options);
  PlayThread(first);
  LeaseAndUse(pool, 9, 10);
  PlayThread(1 - first);
  LeaseAndUse(pool, 9, 10);
  PlayThread(0);
  for (int i = 0; i < 80; ++i) LeaseAndUse(pool, 1, 100);
  for (int i = 0; i < 10; ++i) LeaseAndUse(pool, 1, 50'000);  // on their way, in the shard's batch
  CHECK(pool.Stats(1)->prediction < 300);
  PlayThread(1);
  for (std::uint64_t key = 20; key < 40; ++key) {
    LeaseAndUse(pool, key, 10);
    FakeClock::Advance(milliseconds(1));
  }
  CHECK_FALSE(pool.Stats(1));
  LeaseAndUse(pool, 1, 100);
  FakeClock::Advance(seconds(1));
  PlayThread(0);
  LeaseAndUse(pool, 1, 100);
  CHECK(pool.Stats(1)->returned == 2);
  CHECK(pool.Stats(1)->prediction < 300);
}

TEST_CASE("leases that a shard has no room to count are counted with the key", "[pool]") {
  // A shard remembers as many keys as the pool: leases of keys that made way end like others.
  arena::ArenaPoolOptions options = WithShards(2);
  options.max_keys = 2;
  arena::ArenaPool pool(options);
  PlayThread(0);
  arena::ArenaLease one = pool.Acquire(1);
  PlayThread(1);
  arena::ArenaLease two = pool.Acquire(2);
  one.Return();  // on the other thread, whose shard does not know key 1
  CHECK(pool.Stats(1)->returned == 1);
  CHECK(pool.Stats(1)->open == 0);
  PlayThread(0);
  two.Return();
  CHECK(pool.Stats(2)->returned == 1);
  CHECK(pool.Stats(2)->open == 0);
}

TEST_CASE("ShrinkTo gives up the oldest of all shards", "[pool]") {
  arena::ArenaPool pool(WithShards(4));
  std::vector<arena::ArenaLease> leases;
  std::vector<const void*> arenas;
  for (std::size_t i = 0; i < 8; ++i) {
    leases.push_back(pool.Acquire(i, 100'000));
    leases.back()->Alloc(100'000);
    arenas.push_back(&*leases.back());
  }
  const std::size_t order[] = {5, 2, 7, 0, 3, 6, 1, 4};
  for (const std::size_t i : order) {
    PlayThread(i % 4);
    leases[i].Return();
    FakeClock::Advance(milliseconds(1));
  }
  const std::size_t each = pool.Stats().idle_bytes / 8;
  for (std::size_t left = 8; left-- > 0;) {
    pool.ShrinkTo(left * each);
    CHECK(pool.Stats().idle == left);
    CHECK(pool.Stats().idle_bytes == left * each);
    CHECK(pool.Stats().evicted == 8 - left);
    if (left == 3) break;
  }
  // Those returned last: 6, 1, 4.
  PlayThread(2);
  CHECK(LeaseAndUse(pool, 6, 100'000) == arenas[6]);
  PlayThread(1);
  CHECK(LeaseAndUse(pool, 1, 100'000) == arenas[1]);
  PlayThread(0);
  CHECK(LeaseAndUse(pool, 4, 100'000) == arenas[4]);
  CHECK(pool.Stats().reused == 3);
}

TEST_CASE("one thread may use the whole bound, after others have", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(16);
  options.max_idle_bytes = 3'300'000;
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  const auto fill = [&](std::size_t thread) {
    PlayThread(thread);
    for (int i = 0; i < 40; ++i) {
      leases.push_back(pool.Acquire(1, 100'000));
      leases.back()->Alloc(100'000);
    }
    for (arena::ArenaLease& lease : leases) {
      lease.Return();
      REQUIRE(pool.Stats().idle_bytes <= options.max_idle_bytes);
    }
    leases.clear();
    CHECK(pool.Stats().idle >= 32);
  };
  for (std::size_t thread = 0; thread < 16; ++thread) {
    FakeClock::Advance(milliseconds(1));
    fill(thread);
  }
}

TEST_CASE("what makes way for a return is the oldest of all shards", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(4);
  options.max_idle_bytes = 450'000;
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  std::vector<const void*> arenas;
  for (std::size_t i = 0; i < 6; ++i) {
    leases.push_back(pool.Acquire(1, 100'000));
    leases.back()->Alloc(100'000);
    arenas.push_back(&*leases.back());
  }
  const std::size_t threads[] = {2, 0, 3, 1, 1, 1};
  for (std::size_t i = 0; i < 6; ++i) {
    PlayThread(threads[i]);
    leases[i].Return();
    FakeClock::Advance(milliseconds(1));
  }
  CHECK(pool.Stats().idle == 4);
  CHECK(pool.Stats().evicted == 2);
  std::set<const void*> left;
  leases.clear();
  for (std::size_t i = 0; i < 4; ++i) leases.push_back(pool.Acquire(1, 100'000));
  for (const arena::ArenaLease& lease : leases) left.insert(&*lease);
  CHECK(left == std::set<const void*>(arenas.begin() + 2, arenas.end()));
}

TEST_CASE("arenas of threads that are quiet grow old like others", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(16);
  options.max_idle_age = seconds(10);
  options.upstream = std::pmr::new_delete_resource();
  arena::ArenaPool pool(options);
  {
    std::vector<arena::ArenaLease> leases;
    for (std::size_t i = 0; i < 16 * 6; ++i) leases.push_back(pool.Acquire(i, 10'000));
    for (std::size_t i = 0; i < leases.size(); ++i) {
      leases[i]->Alloc(10'000);
      PlayThread(i % 16);
      leases[i].Return();
    }
  }
  CHECK(pool.Stats().idle == 16 * 6);
  PlayThread(3);
  for (int i = 0; i < 150; ++i) {
    FakeClock::Advance(milliseconds(100));
    LeaseAndUse(pool, 3, 10'000);
    if (i < 98) REQUIRE(pool.Stats().idle >= 16 * 6 - 1);
  }
  CHECK(pool.Stats().idle == 1);  // half an age later all are gone but its own
  CHECK(pool.Stats().evicted == pool.Stats().leases - pool.Stats().reused - 1);
}

TEST_CASE("all of a quiet thread's arenas that are too old go within a few calls", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(2);
  options.max_idle_age = seconds(10);
  options.upstream = std::pmr::new_delete_resource();
  arena::ArenaPool pool(options);
  PlayThread(1);
  LeaseAndUse(pool, 1, 10);
  PlayThread(0);
  {
    std::vector<arena::ArenaLease> leases;
    for (std::size_t i = 0; i < 20; ++i) leases.push_back(pool.Acquire(2, 10'000));
    for (const arena::ArenaLease& lease : leases) lease->Alloc(10'000);
  }
  CHECK(pool.Stats().idle == 21);
  FakeClock::Advance(seconds(10));
  PlayThread(1);
  for (int i = 0; i < 8; ++i) {
    const std::size_t before = pool.Stats().idle;
    LeaseAndUse(pool, 1, 10);
    CHECK(pool.Stats().idle + 10 >= before);  // a few at a time
  }
  CHECK(pool.Stats().idle == 1);
}

TEST_CASE("pages of threads that are quiet are offered", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(8);
  options.offer_after = seconds(1);
  arena::ArenaPool pool(options);
  {
    std::vector<arena::ArenaLease> leases;
    for (std::size_t i = 0; i < 8; ++i) leases.push_back(pool.Acquire(i, 300'000));
    for (std::size_t i = 0; i < 8; ++i) {
      leases[i]->Alloc(300'000);
      PlayThread(i);
      leases[i].Return();
    }
  }
  PlayThread(5);
  for (int i = 0; i < 80; ++i) {
    FakeClock::Advance(milliseconds(20));
    LeaseAndUse(pool, 5, 300'000);
  }
  CHECK(pool.Stats().idle == 8);
  CHECK(pool.Stats().offered_bytes > 7 * 280'000);
  CHECK(pool.Stats().offered_bytes <= 7 * 310'000);
}

TEST_CASE("a thread that has pages to offer at each call visits others all the same", "[pool]") {
  arena::ArenaPoolOptions options = WithShards(2);
  options.offer_after = seconds(0);
  options.max_idle_age = seconds(10);
  arena::ArenaPool pool(options);
  PlayThread(0);
  LeaseAndUse(pool, 1, 300'000);
  PlayThread(1);
  const auto lease = [&pool] {  // from the second one on, of a warm arena
    const arena::ArenaLease each = pool.Acquire(2);
    each->Alloc(1'000'000);
  };
  LeaseAndUse(pool, 2, 1'000'000);
  for (int i = 0; i < 3; ++i) {
    CHECK(pool.Stats().idle == 2);
    const std::uint64_t offered = pool.Stats().offered_bytes;
    lease();
    CHECK(pool.Stats().offered_bytes - offered >= 900'000);
    FakeClock::Advance(seconds(5));
  }
  lease();
  CHECK(pool.Stats().idle == 1);  // its own
}

TEST_CASE("a pool ends with arenas and leases in all shards", "[pool]") {
  arena_test::CheckingResource upstream;
  {
    arena::ArenaPoolOptions options = WithShards(30);
    options.upstream = &upstream;
    std::vector<arena::ArenaLease> leases;
    {
      arena::ArenaPool pool(options);
      for (std::size_t i = 0; i < 48; ++i) {
        PlayThread(i % 16);
        leases.push_back(pool.Acquire(i % 5, 5000));
        leases.back()->Alloc(5000);
        if (i % 3 == 0) leases.back().Return();
      }
      CHECK(pool.Stats().open == 32);
    }
    CHECK(upstream.LiveBlocks() == 32);
    for (std::size_t i = 0; i < 48; ++i) {
      PlayThread(i * 7 % 20);  // on threads that the pool has not seen, too
      leases[i].Return();
    }
  }
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(upstream.Check().empty());
}

TEST_CASE("a thread that meets others at its shard again and again takes another",
          "[pool][threads]") {
  arena::ArenaPoolOptions options;
  options.max_shards = 1;
  options.clock = &arena_test::GatedClock::Now;
  arena::ArenaPool pool(options);
  bool has_moved = false;
  // Nobody can tell when a thread waits for a lock: it may take some rounds until one does.
  for (int round = 0; round < 500 && !has_moved; ++round) {
    arena_test::Gate gate;
    arena_test::Signal comes;
    arena::ArenaLease lease = pool.Acquire(1);
    arena_test::GatedClock::gate = &gate;  // read with the shard locked
    std::thread is_there([mine = std::move(lease)]() mutable { mine.Return(); });
    REQUIRE(gate.WaitUntilReached());
    std::thread meets([&] {
      PlayThread(63);
      arena::detail::pool_thread.collisions = 15;  // so far
      comes.Set();
      const arena::ArenaLease other = pool.Acquire(1);
      has_moved = arena::detail::pool_thread.place != 64;
    });
    CHECK(comes.Wait());
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    gate.Open();
    is_there.join();
    meets.join();
  }
  CHECK(has_moved);
  CHECK(pool.Stats().open == 0);
}

TEST_CASE("with one shard all threads share what there is", "[pool]") {
  arena::ArenaPool pool(WithShards(1));
  PlayThread(0);
  const void* const first = LeaseAndUse(pool, 1, 100);
  PlayThread(1);
  CHECK(LeaseAndUse(pool, 1, 100) == first);
  arena::ArenaLease lease = pool.Acquire(1);
  PlayThread(2);
  lease.Return();
  PlayThread(0);
  CHECK(LeaseAndUse(pool, 1, 100) == first);
  CHECK(pool.Stats().leases - pool.Stats().reused == 1);
}
