// SPDX-License-Identifier: Apache-2.0
//
// Which arenas are kept at the end of a lease, and who gets them: decided by what the lease took,
// though the arena is empty by then.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

// A lease of the key that takes that many bytes, in pieces, at once or with a known size.
void Lease(arena::ArenaPool& pool, std::uint64_t key, std::size_t bytes,
           std::size_t piece = SIZE_MAX, std::size_t expected = 0) {
  const arena::ArenaLease lease = pool.Acquire(key, expected);
  while (bytes != 0) {
    const std::size_t size = bytes < piece ? bytes : piece;
    lease->Alloc(size, 1);
    bytes -= size;
  }
}

}  // namespace

TEST_CASE("an arena that sufficed is kept and lent again", "[pool]") {
  arena::ArenaPool pool;
  arena::MonotonicArena* arena = nullptr;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    arena = &*lease;
    lease->Alloc(3000);
  }
  CHECK(pool.Stats().idle == 1);
  CHECK(pool.Stats().idle_bytes == arena_test::SmallestArena());
  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(&*lease == arena);
  CHECK(lease->Len() == 0);
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().reused == 1);
}

TEST_CASE("an arena that needed a second buffer is given up, and the next one is large enough",
          "[pool]") {
  // In small pieces, and in one that gets a buffer of its own.
  const std::size_t piece = GENERATE(std::size_t{100}, std::size_t{50'000});
  CAPTURE(piece);
  arena::ArenaPool pool;
  Lease(pool, 1, 50'000, piece);
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().evicted == 1);
  CHECK(pool.Stats().single_buffer == 0);
  CHECK(pool.Stats(1)->single_buffer == 0);
  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(lease->Cap() >= 50'000);
  CHECK(lease->Stats().buffers == 1);
  for (int i = 0; i < 500; ++i) lease->Alloc(100, 1);
  CHECK(lease->Stats().buffers == 1);
}

TEST_CASE("an arena that is left with one oversized chunk is given up", "[pool]") {
  arena::ArenaPool pool;
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    lease->Release();
    lease->Alloc(200'000);
    CHECK(lease->Stats().buffers == 1);
  }
  CHECK(pool.Stats().idle == 0);
  CHECK(pool.Stats().evicted == 1);
}

TEST_CASE("an arena that holds more than the largest to be kept is given up", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_arena_bytes = 100'000;
  arena::ArenaPool pool(options);
  Lease(pool, 1, 90'000, SIZE_MAX, 90'000);
  CHECK(pool.Stats().idle == 1);
  pool.ShrinkTo(0);
  Lease(pool, 2, 110'000, SIZE_MAX, 110'000);
  CHECK(pool.Stats().single_buffer == 2);
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("an arena that is much too large for its key is given up", "[pool]") {
  arena::ArenaPool pool;
  for (int i = 0; i < 30; ++i) Lease(pool, 1, 40'000, SIZE_MAX, 40'000);
  CHECK(pool.Stats().idle == 1);
  pool.ShrinkTo(0);
  const std::size_t prediction = pool.Stats(1)->prediction;
  Lease(pool, 1, 100, SIZE_MAX, prediction + prediction / 4);
  CHECK(pool.Stats().idle == 1);
  pool.ShrinkTo(0);
  Lease(pool, 1, 100, SIZE_MAX, 2 * prediction);
  CHECK(pool.Stats().idle == 0);
}

TEST_CASE("an idle arena is lent to a key it fits, whoever had it before", "[pool]") {
  arena::ArenaPool pool;
  Lease(pool, 1, 100'000, SIZE_MAX, 100'000);
  const std::size_t cap = pool.Stats().idle_bytes;
  {
    // Too small by far for it, and then too large.
    const arena::ArenaLease small = pool.Acquire(2, 10'000);
    CHECK(small->Cap() < 20'000);
    const arena::ArenaLease large = pool.Acquire(2, 200'000);
    CHECK(large->Cap() >= 200'000);
  }
  CHECK(pool.Stats().reused == 0);
  const arena::ArenaLease lease = pool.Acquire(3, 70'000);
  CHECK(lease->Cap() == cap);
  CHECK(pool.Stats().reused == 1);
}

TEST_CASE("the arena that came back last is lent first", "[pool]") {
  arena::ArenaPool pool;
  std::vector<arena::ArenaLease> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(pool.Acquire(1));
  arena::MonotonicArena* const second = &*leases[1];
  leases[0].Return();
  leases[2].Return();
  leases[1].Return();
  const arena::ArenaLease lease = pool.Acquire(1);
  CHECK(&*lease == second);
}
