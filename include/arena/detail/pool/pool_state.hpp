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
#include "idle_arenas.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"
#include "pool_shard.hpp"
#include "pool_shards.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_),
        settings_(options, upstream_ == &pages_),
        guard_(settings_.options),
        keys_(settings_),
        shards_(settings_, keys_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // Only Unreference may delete the state.

  PooledArena* Acquire(std::uint64_t id, std::size_t expected) {
    PoolShard& shard = shards_.OfThread();
    if (expected == 0) [[likely]] {
      const std::lock_guard<PoolShard> lock(shard);
      if (PooledArena* const arena = shard.Lend(id)) [[likely]]
        return arena;
    }
    return AcquireOther(shard, id, expected);
  }

  void Return(PooledArena* arena) noexcept {
    arena->EndLease();  // runs the cleanups, without a lock
    PoolShard& shard = shards_.OfThread();
    std::size_t max;
    {
      const std::lock_guard<PoolShard> lock(shard);
      shard.AdvanceTime();
      max = shard.End(*arena);
      if (arena->cap <= max && shard.CanRetain(*arena)) [[likely]] {
        shard.Retain(arena);
        return;
      }
    }
    RetainOrDestroy(shard, arena, max);
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
    {
      const std::lock_guard<PoolShards> all(shards_);
      std::size_t idle = 0;
      shards_.ForEach([&idle](PoolShard& shard) {
        shard.AdvanceTime();
        idle += shard.idle.bytes();
      });
      while (idle > bytes) idle -= shards_.EvictOldest(errands);
      shards_.ForEach([&errands](PoolShard& shard) { shard.Expire(errands, true); });
    }
    Do(errands);
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    ArenaPoolStats stats;
    LeaseCounts counts;
    shards_.ForEach([&](const PoolShard& shard) {
      counts.Add(shard.counts);
      stats.reused += shard.counts.acquired - shard.created;
      stats.evicted += shard.evicted;
      stats.offered_bytes += shard.offered_bytes;
      stats.guarded += shard.guarded;
      stats.idle += shard.idle.count();
      stats.idle_bytes += shard.idle.bytes();
    });
    stats.leases = counts.acquired;
    stats.returned = counts.returned;
    stats.single_buffer = counts.returned - counts.multi_buffer;
    stats.open = ToSize(counts.acquired - counts.returned);
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t id) noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    const PoolKey* const key = keys_.Find(id);
    if (key == nullptr) return std::nullopt;
    const LeaseCounts counts = key->Counts();
    return ArenaPoolKeyStats{counts.returned, counts.returned - counts.multi_buffer,
                             ToSize(counts.acquired - counts.returned), key->Sizes().min};
  }

 private:
  // A lease that is not of a warm arena. Throws std::bad_alloc; then it never was.
  ARENA_NOINLINE PooledArena* AcquireOther(PoolShard& shard, std::uint64_t id,
                                           std::size_t expected) {
    ArenaErrands errands;
    PooledArena* arena = nullptr;
    LeaseSizes sizes;
    bool is_guarded;
    {
      std::unique_lock<PoolShard> lock(shard);
      PoolKey* key = shard.FindKey(id);
      if (key == nullptr && settings_.options.max_keys != 0 && shard.MayAddKey()) {
        lock.unlock();
        {
          const std::lock_guard<PoolShards> all(shards_);
          keys_.Add(id);
        }
        lock.lock();
        key = shard.FindKey(id);
      }
      sizes = key != nullptr ? key->Sizes() : settings_.SizesFor(1);
      if (expected != 0) {
        const std::size_t need = MinOf(expected, kMaxSize) + PoolSettings::kOverhead;
        sizes = settings_.SizesFor(MaxOf(sizes.min, need));
      }
      is_guarded = shard.sampler.Chose(shard.counts.acquired) && guard_.HasRoom();
      if (!is_guarded) {
        arena = shard.Take(sizes.min, sizes.max);
        if (arena == nullptr) arena = shards_.TakeFromOthers(shard, sizes.min, sizes.max);
      }
      if (arena != nullptr) shard.Begin(arena, key);
      shards_.Tidy(shard, errands);
    }
    Do(errands);
    return arena != nullptr ? arena : Create(shard, id, sizes.min, is_guarded);
  }

  // Throws std::bad_alloc.
  ARENA_COLD PooledArena* Create(PoolShard& shard, std::uint64_t id, std::size_t min,
                                 bool is_guarded) {
    MonotonicArenaOptions options;
    // Later buffers are small, because few leases need more than the first one.
    options.min_buffer_size = settings_.min_buffer;
    options.initial_buffer_count = 0;
    options.limit = settings_.options.max_lease_bytes;
    auto guard = is_guarded ? guard_.MakeUpstream(id) : nullptr;
    options.upstream = guard != nullptr ? guard.get() : upstream_;
    std::unique_ptr<PooledArena> arena(new (std::nothrow) PooledArena(options));
    if (arena == nullptr || !arena->TryReserve(MinOf(settings_.FirstBuffer(min), options.limit))) {
      ThrowBadAlloc();
    }
    const std::lock_guard<Mutex> lock(shard.mutex);
    ++shard.created;
    shard.guarded += guard != nullptr ? 1U : 0U;
    arena->guard = std::move(guard);
    shard.Begin(arena.get(), shard.FindKey(id));
    if (is_guarded) shard.sampler.ChooseFrom(shard.counts.acquired);
    references_.fetch_add(1, std::memory_order_relaxed);
    return arena.release();
  }

  // For the arena of a lease that has ended; `max` is the upper bound for one that is retained.
  ARENA_COLD void RetainOrDestroy(PoolShard& shard, PooledArena* arena, std::size_t max) noexcept {
    ArenaErrands errands;
    {
      std::unique_lock<PoolShard> lock(shard);
      if (arena->cap > shard.room && arena->cap <= max) {
        lock.unlock();
        shards_.MakeRoom(shard, arena->cap, errands);
        lock.lock();
      }
      if (arena->cap <= MinOf(shard.room, max)) {
        shard.Retain(arena);
        shard.may_have_idle.store(true, std::memory_order_relaxed);
      } else {
        shard.evicted += arena->guard == nullptr ? 1U : 0U;
        shard.counts.multi_buffer += arena->fit ? 0U : 1U;
        errands.Add(arena, nullptr);
      }
      shards_.Tidy(shard, errands);
    }
    Do(errands);
  }

  // Does the errands, without a lock. May delete the state.
  void Do(const ArenaErrands& errands) noexcept {
    std::size_t destroyed = 0;
    for (PooledArena* arena = errands.first; arena != nullptr;) {
      PooledArena* const next = arena->next_errand;
      if (arena->offered_by == nullptr || !arena->offered_by->Offer(arena)) {
        delete arena;
        ++destroyed;
      }
      arena = next;
    }
    // Each arena has a reference: without one here, the state may be gone by now.
    if (destroyed != 0) Unreference(destroyed);
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
