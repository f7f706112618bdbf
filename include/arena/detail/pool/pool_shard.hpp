// SPDX-License-Identifier: Apache-2.0
//
// A shard of a pool: the idle arenas, the keys and the counts of the threads that use it.
#ifndef ARENA_DETAIL_POOL_POOL_SHARD_HPP
#define ARENA_DETAIL_POOL_POOL_SHARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "../../config.hpp"
#include "../threads/mutex.hpp"
#include "guarded_leases.hpp"
#include "idle_arenas.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"
#include "pooled_arena.hpp"
#include "shard_keys.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Which shard a thread uses, of any pool: that of its place. Places are handed out in turn, so that
// the first threads have shards of their own.
struct PoolThread {
  static constexpr std::size_t kPlaces = 64;

  static void TakePlace() noexcept;

  std::size_t place = 0;        // from 1 to kPlaces; 0: none yet
  unsigned int collisions = 0;  // with other threads of the same shard
};
ARENA_ONE_PER_PROGRAM inline constinit thread_local PoolThread pool_thread{};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::size_t> pool_places_taken{0};

inline void PoolThread::TakePlace() noexcept {
  pool_thread.place = 1 + pool_places_taken.fetch_add(1, std::memory_order_relaxed) % kPlaces;
}

// What a call has left to do once it holds no lock: arenas to be destroyed, and arenas whose pages
// are to be offered.
class ArenaErrands {
 public:
  void Destroy(PooledArena* arena) noexcept { Add(arena, nullptr); }
  void Offer(PooledArena* arena, PoolShard* shard) noexcept { Add(arena, shard); }
  PooledArena* first() const noexcept { return first_; }

 private:
  void Add(PooledArena* arena, PoolShard* offered_by) noexcept {
    arena->offered_by = offered_by;
    arena->next_errand = std::exchange(first_, arena);
  }

  PooledArena* first_ = nullptr;
};

// Each is on lines of its own. The mutex guards all of it.
class alignas(kApart) PoolShard {
 public:
  // How many arenas a call may evict for their age, and how many for room.
  static constexpr int kWorkPerCall = 4;

  PoolShard(const PoolSettings& settings, PoolKeys& pool_keys, std::size_t index_in_pool) noexcept
      : index(index_in_pool),
        settings_(settings),
        time(settings.options.clock()),
        guarded_leases(settings.options.guard_one_in),
        keys(pool_keys, settings.sizing, index == 0) {}

  // For std::lock_guard, of a thread that leases here. One that meets others again and again is to
  // have another shard from its next call on.
  void lock() noexcept {
    if (mutex.try_lock()) [[likely]]
      return;
    if (++pool_thread.collisions % 16 == 0) PoolThread::TakePlace();
    mutex.lock();
  }
  void unlock() noexcept { mutex.unlock(); }

  void AdvanceTime() noexcept { time.Advance(settings_.options.clock()); }

  // An idle arena of min <= cap <= max, or null.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = idle.Take(min, max);
    if (arena != nullptr) room += arena->cap;
    return arena;
  }

  // Requires room for it.
  void Retain(PooledArena* arena) noexcept {
    arena->since = time.now();
    if (due > time.now() + settings_.delay) [[unlikely]]
      due = time.now() + settings_.delay;
    room -= arena->cap;
    idle.Add(arena);
  }

  // How long the oldest arena has been idle. Requires that there is one.
  ARENA_WRAPS std::uint64_t OldestAge() const noexcept { return time.now() - idle.oldest()->since; }

  bool HasTooOld() const noexcept { return TooOldAt() <= time.now(); }

  // Requires that there is an idle arena. Returns its bytes.
  std::size_t EvictOldest(ArenaErrands& errands) noexcept {
    PooledArena* const arena = idle.oldest();
    const bool is_on_offer = arena->is_on_offer;  // then whoever offers it destroys it
    idle.Remove(arena);
    if (!is_on_offer) errands.Destroy(arena);
    ++evicted;
    room += arena->cap;
    return arena->cap;
  }

  // Evicts arenas that are too old, and begins to offer the pages of one. Returns whether there is
  // more to do; if not, there is nothing until `due`.
  bool Expire(ArenaErrands& errands) noexcept {
    for (int i = 0; i < kWorkPerCall && HasTooOld(); ++i) EvictOldest(errands);
    if (OfferAt() <= time.now()) errands.Offer(idle.BeginOffer(), this);
    const std::uint64_t next = PoolTime::Earlier(TooOldAt(), OfferAt());
    due = PoolTime::Earlier(next, visit_at);
    return next <= time.now();
  }

  // For an errand. Returns false if the arena was evicted meanwhile.
  bool EndOffer(PooledArena* arena, std::size_t bytes) noexcept {
    offered_bytes += bytes;
    return idle.EndOffer(arena);
  }

  Mutex mutex{};
  bool announced = false;  // the pool knows that there may be idle arenas here
  const std::size_t index;

 private:
  static std::uint64_t At(const PooledArena* arena, std::uint64_t delay) noexcept {
    return arena != nullptr ? arena->since + delay : UINT64_MAX;
  }
  std::uint64_t TooOldAt() const noexcept { return At(idle.oldest(), settings_.max_age); }
  std::uint64_t OfferAt() const noexcept {
    return At(settings_.offers_pages ? idle.oldest_unoffered() : nullptr, settings_.offer_after);
  }

  const PoolSettings& settings_;

 public:
  PoolTime time;
  std::uint64_t due = UINT64_MAX;       // until then there is nothing to tidy
  std::uint64_t visit_at = UINT64_MAX;  // likewise in other shards
  std::size_t next_visit = 0;
  std::size_t room = 0;            // so many more bytes may be idle here
  LeaseSampler guarded_leases;     // chooses from `acquired`
  std::uint64_t acquired = 0;      // leases so far
  std::uint64_t created = 0;       // of these, served by a new arena
  std::uint64_t returned = 0;      // leases that ended here
  std::uint64_t multi_buffer = 0;  // of these, ended with more than one buffer
  std::uint64_t guarded = 0;       // leases that began here, with guarded memory
  std::uint64_t evicted = 0;
  std::uint64_t offered_bytes = 0;
  IdleArenas idle{};
  ShardKeys keys;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARD_HPP
