// SPDX-License-Identifier: Apache-2.0
//
// The state of an ArenaPool, which lives until its last lease ends: chooses the arena of each
// lease, and the arenas to retain.
//
// Each thread has a shard: idle arenas, keys, counts, a mutex. A lease takes its arena from the
// shard of its thread, and goes to the shard of the thread that ends it. Nothing else is written on
// the way, except that needs go to the key of the whole pool in batches.
#ifndef ARENA_DETAIL_POOL_POOL_STATE_HPP
#define ARENA_DETAIL_POOL_POOL_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../../page_resource.hpp"
#include "../../pool_options.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "guarded_leases.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"
#include "pool_shard.hpp"
#include "pool_shards.hpp"
#include "pooled_arena.hpp"
#include "shard_keys.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_),
        settings_(options, upstream_ == &pages_),
        guard_(options),
        keys_(options.max_keys, options.history, options.quantile),
        shards_(settings_, keys_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // Only Unreference may delete the state.

  PooledArena* Acquire(std::uint64_t id, std::size_t expected) {
    PoolShard& shard = shards_.OfThread();
    ArenaErrands errands;
    PooledArena* arena;
    std::uint64_t number;
    LeaseSizes sizes;
    bool is_guarded;
    {
      const std::lock_guard<PoolShard> lock(shard);
      ShardKey& key = shard.keys.Use(id);
      number = key.number;
      sizes = key.sizes;
      if (expected != 0) [[unlikely]]
        sizes =
            settings_.sizing.SizesFor(MaxOf(key.prediction, LeaseSizing::WithOverhead(expected)));
      is_guarded = shard.guarded_leases.Chose(shard.acquired);
      ++shard.acquired;
      ++key.counts.open;
      arena = is_guarded ? nullptr : shard.Take(sizes.min, sizes.max);
      if (arena == nullptr) [[unlikely]]
        arena = TakeElsewhere(shard, sizes, is_guarded);
      // Reading the clock costs; skip it when nothing can expire.
      if (shard.idle.oldest() != nullptr) {
        shard.AdvanceTime();
        if (shard.time.now() >= shard.due) [[unlikely]]
          shards_.Tidy(shard, errands);
      }
    }
    Do(errands);
    if (arena == nullptr) [[unlikely]]
      arena = Create(shard, id, number, sizes.min, is_guarded);
    arena->key_id = id;
    arena->key_number = number;
    return arena;
  }

  void Return(PooledArena* arena) noexcept {
    arena->EndLease();  // runs the cleanups, without a lock
    PoolShard& shard = shards_.OfThread();
    ArenaErrands errands;
    {
      const std::lock_guard<PoolShard> lock(shard);
      shard.AdvanceTime();
      ++shard.returned;
      const std::size_t retain = shard.keys.AddReturn(*arena, shard.time.now());
      if (arena->cap > retain || !shards_.Retain(shard, arena, errands)) [[unlikely]] {
        shard.evicted += arena->guard == nullptr ? 1U : 0U;
        shard.multi_buffer += arena->fit ? 0U : 1U;
        errands.Destroy(arena);
      }
      if (shard.time.now() >= shard.due) [[unlikely]]
        shards_.Tidy(shard, errands);
    }
    Do(errands);
  }

  // Called at the end of the pool. Idle arenas are destroyed now, leased ones at the end of the
  // lease.
  void Abandon() noexcept {
    ArenaErrands errands;
    shards_.Close(errands);
    Do(errands);
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    ArenaErrands errands;
    std::size_t calls = 0;  // left; each offers one arena. Arenas that return meanwhile can wait.
    {
      const std::lock_guard<PoolShards> all(shards_);
      std::size_t idle = 0;
      shards_.ForEach([&](PoolShard& shard) {
        shard.AdvanceTime();
        while (shard.HasTooOld()) shard.EvictOldest(errands);
        idle += shard.idle.bytes();
        calls += shard.idle.count();
      });
      while (idle > bytes) idle -= shards_.EvictOldest(errands);
    }
    Do(errands);
    shards_.ForEach([&](PoolShard& shard) {
      for (bool did_any = true; did_any && calls != 0; --calls) {
        ArenaErrands offers;
        {
          const std::lock_guard<Mutex> lock(shard.mutex);
          shard.Expire(offers);
        }
        did_any = offers.first() != nullptr;
        Do(offers);
      }
    });
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    ArenaPoolStats stats;
    shards_.ForEach([&stats](const PoolShard& shard) {
      stats.leases += shard.acquired;
      stats.reused += shard.acquired - shard.created;
      stats.returned += shard.returned;
      stats.single_buffer += shard.returned - shard.multi_buffer;
      stats.evicted += shard.evicted;
      stats.offered_bytes += shard.offered_bytes;
      stats.guarded += shard.guarded;
      stats.idle += shard.idle.count();
      stats.idle_bytes += shard.idle.bytes();
    });
    stats.open = ToSize(stats.leases - stats.returned);
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t id) noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    const KeyName name = keys_.Find(id);
    if (name.key == nullptr) return std::nullopt;
    KeyCounts counts = name.key->counts;
    shards_.ForEach(
        [&](const PoolShard& shard) { counts.Add(shard.keys.CountsOf(id, name.number)); });
    return ArenaPoolKeyStats{counts.returned, counts.returned - counts.multi_buffer,
                             ToSize(static_cast<std::uint64_t>(counts.open)),
                             name.key->prediction.load(std::memory_order_relaxed)};
  }

 private:
  // For a lease that gets no idle arena of its shard. Null: there has to be a new one.
  ARENA_COLD PooledArena* TakeElsewhere(PoolShard& shard, const LeaseSizes& sizes,
                                        bool is_guarded) noexcept {
    PooledArena* arena = nullptr;
    if (is_guarded) {
      shard.guarded_leases.ChooseFrom(shard.acquired);
    } else {
      arena = shards_.TakeFromOthers(shard, sizes.min, sizes.max);
    }
    if (arena == nullptr) ++shard.created;
    return arena;
  }

  // Throws std::bad_alloc; then the lease never was.
  ARENA_COLD PooledArena* Create(PoolShard& shard, std::uint64_t id, std::uint64_t number,
                                 std::size_t min, bool is_guarded) {
    MonotonicArenaOptions options;
    // Later buffers are small, because few leases need more than the first one.
    options.min_buffer_size = settings_.sizing.MinBuffer();
    options.initial_buffer_count = 0;
    options.limit = settings_.options.max_lease_bytes;
    auto guard = is_guarded ? guard_.MakeUpstream(id) : nullptr;
    options.upstream = guard != nullptr ? guard.get() : upstream_;
    std::unique_ptr<PooledArena> arena(new (std::nothrow) PooledArena(options));
    if (arena == nullptr ||
        !arena->TryReserve(MinOf(settings_.sizing.FirstBuffer(min), options.limit))) {
      TakeBack(shard, id, number, is_guarded);
      ThrowBadAlloc();
    }
    if (guard != nullptr) {
      arena->guard = std::move(guard);
      const std::lock_guard<Mutex> lock(shard.mutex);
      ++shard.guarded;
    }
    references_.fetch_add(1, std::memory_order_relaxed);
    return arena.release();
  }

  // Undoes what Acquire has counted.
  static void TakeBack(PoolShard& shard, std::uint64_t id, std::uint64_t number,
                       bool is_guarded) noexcept {
    const std::lock_guard<Mutex> lock(shard.mutex);
    --shard.acquired;
    --shard.created;
    if (is_guarded) shard.guarded_leases.ChooseFrom(shard.acquired);
    if (ShardKey* const key = shard.keys.Find(id, number)) --key->counts.open;
  }

  // Does the errands, without a lock. May delete the state.
  void Do(const ArenaErrands& errands) noexcept {
    if (errands.first() != nullptr) [[unlikely]]
      DoFrom(errands.first());
  }

  ARENA_COLD void DoFrom(PooledArena* arena) noexcept {
    std::size_t destroyed = 0;
    while (arena != nullptr) {
      PooledArena* const next = arena->next_errand;
      if (arena->offered_by == nullptr || !Offer(*arena->offered_by, arena)) {
        delete arena;
        ++destroyed;
      }
      arena = next;
    }
    // Each arena has a reference: without one here, the state may be gone by now.
    if (destroyed != 0) Unreference(destroyed);
  }

  // Offers an arena's pages, and ends the offer. False if it was evicted meanwhile.
  bool Offer(PoolShard& shard, PooledArena* arena) noexcept {
    const std::size_t bytes = arena->OfferPages(settings_.options.reclaim);
    const std::lock_guard<Mutex> lock(shard.mutex);
    return shard.EndOffer(arena, bytes);
  }

  void Unreference(std::size_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  // Not written after the pool was made.
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const PoolSettings settings_;

  // Written when an arena is made or destroyed.
  alignas(kApart) std::atomic<std::size_t> references_{1};  // the pool, and each arena
  LeaseGuard guard_;

  alignas(kApart) PoolKeys keys_;
  alignas(kApart) PoolShards shards_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP
