// SPDX-License-Identifier: Apache-2.0
//
// No false sharing: what different threads write at each lease lies on lines of its own, and so does
// what all of them read.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

using arena::detail::kApart;
using arena::detail::KeyPart;
using arena::detail::PooledArena;
using arena::detail::PoolKey;
using arena::detail::PoolShard;

template <class T>
constexpr bool kHasLinesOfItsOwn = alignof(T) >= kApart && sizeof(T) % kApart == 0;

static_assert(kApart >= 64);
static_assert(kHasLinesOfItsOwn<PoolShard>);
static_assert(kHasLinesOfItsOwn<KeyPart>);
static_assert(kHasLinesOfItsOwn<PooledArena>);
static_assert(kHasLinesOfItsOwn<PoolKey>);
static_assert(kHasLinesOfItsOwn<arena::detail::PoolShards>);
static_assert(kHasLinesOfItsOwn<arena::detail::PoolState>);

std::uintptr_t LineOf(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) / kApart;
}

}  // namespace

TEST_CASE("what leases read of a key is on another line than what is written of it", "[pool]") {
  const arena::detail::PoolSettings settings(arena::ArenaPoolOptions(), true);
  const auto key = std::make_unique<PoolKey>(settings);
  const std::uintptr_t read = LineOf(&key->number);
  CHECK(LineOf(&key->min) == read);
  CHECK(LineOf(&key->max) == read);
  CHECK(LineOf(&key->retain) == read);
  CHECK(LineOf(&key->id) == read);
  CHECK(LineOf(&key->next_in_slot) == read);
  CHECK(LineOf(&key->parts) == read);
  for (const void* const written :
       {static_cast<const void*>(&key->mutex), static_cast<const void*>(&key->needs),
        static_cast<const void*>(&key->counts), static_cast<const void*>(&key->used)}) {
    CHECK(LineOf(written) != read);
  }
}

TEST_CASE("arenas that threads have at the same time share no line", "[pool]") {
  arena::ArenaPoolOptions options;
  options.max_shards = 8;
  arena::ArenaPool pool(options);
  std::vector<arena::ArenaLease> leases;
  for (std::size_t i = 0; i < 8; ++i) {
    arena_test::PlayThread(i);
    leases.push_back(pool.Acquire(1));
    CHECK(reinterpret_cast<std::uintptr_t>(&*leases.back()) % kApart == 0);
  }
}
