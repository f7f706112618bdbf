// SPDX-License-Identifier: Apache-2.0
//
// An arena of a pool, and the pool's access to the private members of a MonotonicArena.
#ifndef ARENA_DETAIL_POOL_POOLED_ARENA_HPP
#define ARENA_DETAIL_POOL_POOLED_ARENA_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../../monotonic_arena.hpp"
#include "../../page_resource.hpp"
#include "../chunks/chunk.hpp"
#include "lease_sizes.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey;

// An arena of a pool, leased or idle.
struct PooledArena {
  explicit PooledArena(const MonotonicArenaOptions& options) : arena(options) {}
  PooledArena(const PooledArena&) = delete;
  PooledArena& operator=(const PooledArena&) = delete;

  MonotonicArena arena;
  PoolKey* key = nullptr;  // while leased

  // Set when the arena becomes idle.
  std::size_t cap = 0;
  std::uint64_t since = 0;  // in PoolTime
  // Used while the arena is in the lists of IdleArenas. PendingDelete links by `older`, too.
  std::size_t size_class = 0;
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
};

// Measured at the end of a lease.
struct LeaseFigures {
  std::size_t need;  // a first buffer of that size would have sufficed
  std::size_t cap;   // bytes of the buffers, without those of single large requests
  bool fit;          // whether one buffer sufficed
};

// Reads private members of an arena, and changes none.
struct PoolAccess {
  static LeaseFigures EndLease(MonotonicArena& arena) noexcept {
    arena.Reset();
    // Read after Reset, whose cleanups may allocate.
    const bool fit = arena.store_.HasOneChunk();
    const std::size_t chunks = fit ? 1 : arena.store_.Count();
    return {arena.TakeHighWater() + 16 * chunks + LeaseSizing::kOverhead,
            arena.store_.list().bytes(), fit};
  }

  // Offers the whole pages behind the headers of the chunks; returns how many bytes it offered.
  static std::size_t OfferPages(const MonotonicArena& arena, Reclaim reclaim) noexcept {
    std::size_t bytes = 0;
    for (Chunk* chunk = arena.store_.list().first(); chunk != nullptr; chunk = chunk->next) {
      bytes += PageResource::Offer(chunk->begin, chunk->size(), reclaim);
    }
    return bytes;
  }
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOLED_ARENA_HPP
