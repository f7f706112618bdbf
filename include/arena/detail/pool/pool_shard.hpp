// SPDX-License-Identifier: Apache-2.0
//
// A shard of a pool: the idle arenas, the keys and the counts of the threads that use it.
#ifndef ARENA_DETAIL_POOL_POOL_SHARD_HPP
#define ARENA_DETAIL_POOL_POOL_SHARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../../page_resource.hpp"
#include "../../pool_options.hpp"
#include "../threads/mutex.hpp"
#include "guarded_leases.hpp"
#include "idle_arenas.hpp"
#include "lease_sizes.hpp"
#include "lru_table.hpp"
#include "pool_keys.hpp"
#include "pool_time.hpp"
#include "pooled_arena.hpp"

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

// What the options of a pool mean; it does not change.
struct PoolSettings {
  explicit PoolSettings(const ArenaPoolOptions& pool_options, bool are_pages_offered) noexcept
      : options(pool_options), offers_pages(are_pages_offered) {}

  const ArenaPoolOptions options;
  const bool offers_pages;
  const LeaseSizing sizing{offers_pages};
  const std::size_t max_retained = MinOf(options.max_arena_bytes, options.max_idle_bytes);
  const std::uint64_t max_age = PoolTime::Delay(options.max_idle_age);
  const std::uint64_t offer_after = PoolTime::Delay(options.offer_after);
  // Until an idle arena needs attention.
  const std::uint64_t delay = offers_pages ? PoolTime::Earlier(max_age, offer_after) : max_age;
};

// Arenas to be destroyed, once no lock is held.
class ArenasToDestroy {
 public:
  void Add(PooledArena* arena) noexcept {
    arena->older = first_;
    first_ = arena;
  }
  PooledArena* first() const noexcept { return first_; }

 private:
  PooledArena* first_ = nullptr;
};

// Each is on lines of its own. The mutex guards all of it.
class alignas(kApart) PoolShard {
 public:
  // How many arenas a call may evict for their age, and how many for room.
  static constexpr int kWorkPerCall = 4;

  PoolShard(const PoolSettings& settings, std::size_t index_in_pool) noexcept
      : alone(index_in_pool == 0),
        index(index_in_pool),
        settings_(settings),
        time(settings.options.clock()),
        guarded_leases(settings.options.guard_one_in) {
    no_key.sizes = settings.sizing.SizesFor(1);
  }

  void AdvanceTime() noexcept { time.Advance(settings_.options.clock()); }

  std::size_t idle_bytes() const noexcept { return idle.bytes() + offered_bytes_now; }

  // An idle arena of min <= cap <= max, or null.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = idle.Take(min, max);
    if (arena != nullptr) room += arena->cap;
    return arena;
  }

  // Since when the oldest arena is idle. Requires that there is one.
  ARENA_WRAPS std::uint64_t OldestAge() const noexcept { return time.now() - idle.oldest()->since; }

  bool HasTooOld() const noexcept {
    return idle.oldest() != nullptr && OldestAge() >= settings_.max_age;
  }

  // Requires room for it.
  void Retain(PooledArena* arena) noexcept {
    arena->since = time.now();
    due = PoolTime::Earlier(due, time.now() + settings_.delay);
    room -= arena->cap;
    idle.Add(arena);
  }

  // Requires that there is an idle arena. Returns its bytes.
  std::size_t EvictOldest(ArenasToDestroy* evicted_arenas) noexcept {
    PooledArena* const arena = idle.oldest();
    idle.Remove(arena);
    evicted_arenas->Add(arena);
    ++evicted;
    room += arena->cap;
    return arena->cap;
  }

  // Evicts arenas that are too old. Returns an arena whose pages are to be offered, for EndOffer, or
  // null. Until `due` there is then nothing to do.
  PooledArena* Expire(ArenasToDestroy* evicted_arenas) noexcept {
    for (int i = 0; i < kWorkPerCall && HasTooOld(); ++i) EvictOldest(evicted_arenas);
    PooledArena* arena = settings_.offers_pages ? idle.oldest_unoffered() : nullptr;
    if (arena != nullptr && time.now() - arena->since >= settings_.offer_after) {
      idle.Remove(arena);
      ++offered_now;
      offered_bytes_now += arena->cap;
      arena->older = nullptr;
      arena->shard = this;
      arena->offer_round = offer_round;
    } else {
      arena = nullptr;
    }
    due = UINT64_MAX;
    if (idle.oldest() != nullptr) due = idle.oldest()->since + settings_.max_age;
    if (settings_.offers_pages && idle.oldest_unoffered() != nullptr) {
      due = PoolTime::Earlier(due, idle.oldest_unoffered()->since + settings_.offer_after);
    }
    return arena;
  }

  // Puts an arena back whose pages were offered, unless it was evicted meanwhile.
  void EndOffer(PooledArena* arena, std::size_t bytes, ArenasToDestroy* evicted_arenas) noexcept {
    offered_bytes += bytes;
    if (arena->offer_round != offer_round) return evicted_arenas->Add(arena);
    --offered_now;
    offered_bytes_now -= arena->cap;
    due = PoolTime::Earlier(due, arena->since + settings_.max_age);
    idle.AddOffered(arena);
  }

  // Evicts the arenas whose pages are being offered. They count as gone.
  void EvictOffered() noexcept {
    ++offer_round;
    evicted += offered_now;
    room += offered_bytes_now;
    offered_now = offered_bytes_now = 0;
  }

  // For std::lock_guard, of a thread that leases here. One that meets others again and again is to have
  // another shard from its next call on.
  void lock() noexcept {
    if (mutex.try_lock()) [[likely]]
      return;
    if (++pool_thread.collisions % 16 == 0) PoolThread::TakePlace();
    mutex.lock();
  }
  void unlock() noexcept { mutex.unlock(); }

  Mutex mutex{};
  bool alone;              // no other shard was ever made
  bool alive = true;       // the pool has not ended
  bool announced = false;  // the pool knows that there may be idle arenas here
  const std::size_t index;

 private:
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
  std::uint64_t offer_round = 0;      // arenas of earlier rounds are no longer idle
  std::size_t offered_now = 0;        // arenas removed to offer their pages; they count as idle
  std::size_t offered_bytes_now = 0;  // bytes of these
  IdleArenas idle{};
  LruTable<ShardKey> keys{};
  // Stands for none where keys are not remembered, and for the key of one lease that ends where there
  // is no memory for the first of `keys`.
  ShardKey no_key{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARD_HPP
