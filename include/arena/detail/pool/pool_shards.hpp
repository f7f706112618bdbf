// SPDX-License-Identifier: Apache-2.0
//
// The shards of a pool: which one a thread has, and what they have to do with each other. That is
// seldom:
//   idle bytes  no shard has more than it has room for, and room is handed out in portions:
//               that of all shards, used or not, is max_idle_bytes together
//   arenas      are taken from another shard when there would be a new one otherwise
//   ages        of a quiet shard are looked after by the others
//
// Locks: the one of all shards; a shard's; a key's. Who holds a shard's may only
// try to lock another's, unless it holds the one of all shards and locks them in their order.
#ifndef ARENA_DETAIL_POOL_POOL_SHARDS_HPP
#define ARENA_DETAIL_POOL_POOL_SHARDS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "idle_arenas.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"
#include "pool_shard.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolShards {
 public:
  PoolShards(const PoolSettings& settings, PoolKeys& keys)
      : settings_(settings),
        keys_(keys),
        free_room_(settings.options.max_idle_bytes),
        first_(settings, keys, 0) {}
  PoolShards(const PoolShards&) = delete;
  PoolShards& operator=(const PoolShards&) = delete;
  ~PoolShards() {
    for (std::size_t i = 1; i < count_; ++i) delete shards_[i];
  }

  ARENA_ALWAYS_INLINE PoolShard& OfThread() noexcept {
    PoolShard* const shard = places_[pool_thread.place].load(std::memory_order_acquire);
    return shard != nullptr ? *shard : Find();
  }

  template <class Visit>
  void ForEach(Visit visit) {
    const std::size_t count = count_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < count; ++i) visit(*shards_[i]);
  }

  // For std::lock_guard: locks all shards, and keeps others from being made.
  void lock() noexcept {
    mutex_.lock();
    ForEach([](PoolShard& shard) { shard.mutex.lock(); });
  }
  void unlock() noexcept {
    ForEach([](PoolShard& shard) { shard.mutex.unlock(); });
    mutex_.unlock();
  }

  // Looks into the shards that may have idle arenas and are not locked, the next ones first.
  ARENA_COLD PooledArena* TakeFromOthers(const PoolShard& shard, std::size_t min,
                                         std::size_t max) noexcept {
    const std::size_t count = count_.load(std::memory_order_acquire);
    for (std::size_t i = 1; i < count; ++i) {
      PoolShard& other = *shards_[(shard.index + i) % count];
      if (!other.may_have_idle.load(std::memory_order_relaxed)) continue;
      const std::unique_lock<Mutex> lock(other.mutex, std::try_to_lock);
      if (!lock.owns_lock()) continue;
      PooledArena* const arena = other.Take(min, max);
      if (other.idle.count() == 0) other.may_have_idle.store(false, std::memory_order_relaxed);
      if (arena != nullptr) return arena;
    }
    return nullptr;
  }

  // Does what is due, of the shard and of one other.
  ARENA_COLD void Tidy(PoolShard& shard, ArenaErrands& errands) noexcept {
    shard.AdvanceTime();
    if (!shard.IsDue()) return;
    if (shard.time.now() >= shard.visit_at) Visit(shard, errands);
    shard.Expire(errands);
  }

  // Evicts the oldest arena of all shards; returns its bytes, or 0 when there is none. Requires
  // that all are locked and that their times are up to date.
  std::size_t EvictOldest(ArenaErrands& errands) noexcept {
    PoolShard* oldest = nullptr;
    ForEach([&](PoolShard& shard) {
      if (shard.idle.count() == 0) return;
      if (oldest == nullptr || shard.OldestAge() > oldest->OldestAge()) oldest = &shard;
    });
    return oldest != nullptr ? oldest->EvictOldest(errands) : 0;
  }

  // Gives the shard room for `bytes`, at most max_idle_bytes: what no shard has, in portions, so
  // that this is seldom; what others do not use; that of the oldest arenas of all, which are
  // evicted. Where kWorkPerCall of them do not suffice, it gets what there is.
  ARENA_COLD void MakeRoom(PoolShard& shard, std::size_t bytes, ArenaErrands& errands) noexcept {
    const std::lock_guard<PoolShards> all(*this);
    ForEach([](PoolShard& each) { each.AdvanceTime(); });
    const auto take = [&shard](std::size_t& room, std::size_t wanted) {
      const std::size_t moved = MinOf(room, wanted);
      room -= moved;
      shard.room += moved;
    };
    take(free_room_, MaxOf(bytes, settings_.options.max_idle_bytes / (4 * settings_.max_shards)));
    for (int evictions = 0;; ++evictions) {
      ForEach([&](PoolShard& other) { take(other.room, bytes - MinOf(bytes, shard.room)); });
      if (bytes <= shard.room || evictions == PoolShard::kWorkPerCall) return;
      if (EvictOldest(errands) == 0) return;
    }
  }

  // Evicts all arenas, and leaves no room for others.
  void Close(ArenaErrands& errands) noexcept {
    const std::lock_guard<PoolShards> all(*this);
    free_room_ = 0;
    ForEach([&errands](PoolShard& shard) {
      while (shard.idle.count() != 0) shard.EvictOldest(errands);
      shard.room = 0;
    });
  }

 private:
  // Every max_shards-th place has the same shard.
  ARENA_COLD PoolShard& Find() noexcept {
    if (pool_thread.place == 0) detail::TakePoolPlace();
    const std::size_t place = pool_thread.place;
    const std::lock_guard<Mutex> lock(mutex_);
    std::atomic<PoolShard*>& first_place = places_[1 + (place - 1) % settings_.max_shards];
    PoolShard* shard = first_place.load(std::memory_order_relaxed);
    if (shard == nullptr) shard = Make();
    first_place.store(shard, std::memory_order_release);
    places_[place].store(shard, std::memory_order_release);
    return *shard;
  }

  // Returns the first shard where there is no memory for another.
  PoolShard* Make() noexcept {
    const std::size_t index = count_.load(std::memory_order_relaxed);
    PoolShard* shard = &first_;
    if (index != 0) {
      shard = new (std::nothrow) PoolShard(settings_, keys_, index);
      if (shard == nullptr) return &first_;
      const std::lock_guard<Mutex> lock(first_.mutex);
      first_.alone = false;
      first_.due = first_.visit_at = shard->visit_at = 0;
    }
    shards_[index] = shard;
    count_.store(index + 1, std::memory_order_release);
    return shard;
  }

  // Tidies the next other shard, whose threads may be quiet. If only one thread is not, and calls
  // at least once in each pause, it has visited all of them within half of the delay and 64 ms,
  // give or take the clock's ticks. It comes back at once where something is left to be done.
  void Visit(PoolShard& shard, ArenaErrands& errands) noexcept {
    constexpr std::uint64_t kPause = 1'000'000;  // nanoseconds
    shard.visit_at = shard.time.now() + settings_.delay / (2 * PoolSettings::kMaxShards) + kPause;
    const std::size_t count = count_.load(std::memory_order_acquire);
    if (shard.next_visit % count == shard.index) ++shard.next_visit;
    PoolShard& other = *shards_[shard.next_visit++ % count];
    const std::unique_lock<Mutex> lock(other.mutex, std::try_to_lock);
    if (!lock.owns_lock()) return;
    other.AdvanceTime();
    if (other.Expire(errands)) {
      shard.visit_at = shard.time.now();
      --shard.next_visit;
    }
  }

  // Not written after the pool was made, except where a thread is new.
  const PoolSettings& settings_;
  PoolKeys& keys_;
  std::atomic<std::size_t> count_{0};
  PoolShard* shards_[PoolSettings::kMaxShards] = {};
  // The shards of threads, by PoolThread::place. That of place 0 is null.
  std::atomic<PoolShard*> places_[PoolThread::kPlaces + 1] = {};

  alignas(kApart) Mutex mutex_{};  // to make a shard, or to lock all of them
  std::size_t free_room_;          // that no shard has

  PoolShard first_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARDS_HPP
