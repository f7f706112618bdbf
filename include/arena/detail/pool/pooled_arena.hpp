// SPDX-License-Identifier: Apache-2.0
//
// An arena of a pool, and what the pool needs of it beyond the public face of a MonotonicArena.
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

  // While idle.
  std::size_t cap = 0;
  std::uint64_t since = 0;  // by the pool's time
  // While in the lists, too; `older` is also the next of those that are to be destroyed.
  std::size_t size_class = 0;
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
};

// What a lease took, known at its end.
struct LeaseFigures {
  std::size_t need;  // a buffer of that size suffices for the same again
  std::size_t cap;   // of the first buffer
  bool fit;          // whether that is the only one
};

// What the pool needs of an arena beyond its public face; it changes nothing in there.
struct PoolAccess {
  // Resets, which runs the cleanups.
  static LeaseFigures EndLease(MonotonicArena& arena) noexcept {
    arena.Reset();
    // These figures include what the cleanups added.
    const std::size_t chunks = arena.store_.Count();
    return {arena.TakeHighWater() + 16 * chunks + LeaseSizing::kOverhead,
            arena.store_.list().bytes(), arena.store_.HasOneChunk()};
  }

  // Offers the whole pages behind the headers of the chunks; bytes offered.
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
