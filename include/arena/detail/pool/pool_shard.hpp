// SPDX-License-Identifier: Apache-2.0
//
// A shard of a pool: the idle arenas, the keys and the counts of the threads that use it.
#ifndef ARENA_DETAIL_POOL_POOL_SHARD_HPP
#define ARENA_DETAIL_POOL_POOL_SHARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "../../config.hpp"
#include "../threads/mutex.hpp"
#include "guarded_leases.hpp"
#include "idle_arenas.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Which shard a thread uses, of any pool: that of its place. Places are handed out in turn, so that
// the first threads have shards of their own.
struct PoolThread {
  static constexpr std::size_t kPlaces = PoolSettings::kMaxShards;

  std::size_t place = 0;        // from 1 to kPlaces; 0: none yet
  unsigned int collisions = 0;  // with other threads of the same shard
};
ARENA_ONE_PER_PROGRAM inline constinit thread_local PoolThread pool_thread{};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::size_t> pool_places_taken{0};

inline void TakePoolPlace() noexcept {
  pool_thread.place =
      1 + pool_places_taken.fetch_add(1, std::memory_order_relaxed) % PoolThread::kPlaces;
}

// What a call has left to do once it holds no lock: arenas to be destroyed, and idle ones whose
// pages their shard offers.
struct ArenaErrands {
  // Null: it is to be destroyed.
  void Add(PooledArena* arena, PoolShard* offered_by) noexcept {
    arena->offered_by = offered_by;
    arena->next_errand = std::exchange(first, arena);
  }

  PooledArena* first = nullptr;
};

// Each is on lines of its own. The mutex guards what follows it.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class alignas(kApart) PoolShard {
 public:
  // How many arenas a call may evict for their age, and how many for room.
  static constexpr int kWorkPerCall = 4;

  PoolShard(const PoolSettings& settings, PoolKeys& keys, std::size_t index_in_pool) noexcept
      : index(index_in_pool),
        settings_(settings),
        keys_(keys),
        time(settings.options.clock()),
        sampler(LeaseGuard::OneIn(settings.options)),
        alone(index == 0) {}

  // For std::lock_guard, of a thread that leases here. One that meets others again and again is to
  // have another shard from its next call on.
  void lock() noexcept {
    if (mutex.try_lock()) [[likely]]
      return;
    if (++pool_thread.collisions % 16 == 0) detail::TakePoolPlace();
    mutex.lock();
  }
  void unlock() noexcept { mutex.unlock(); }

  void AdvanceTime() noexcept { time.Advance(settings_.options.clock()); }
  bool IsDue() const noexcept { return time.now() >= due; }

  // Returns the key of a lease that begins, or null when it is not remembered.
  PoolKey* FindKey(std::uint64_t id) noexcept {
    PoolKey* const key = keys_.Find(id);
    if (alone && key != nullptr) keys_.Touch(key);
    return key;
  }

  // Whether a key may be added, for which all shards are locked. Where one has to make way for it, that
  // is only so often, however many keys there are: the others lease without one.
  bool MayAddKey() noexcept {
    constexpr std::uint64_t kPause = 1'000'000;  // nanoseconds
    if (alone || keys_.count() < settings_.options.max_keys) return true;
    AdvanceTime();
    if (time.now() < next_key_at) return false;
    next_key_at = time.now() + kPause;
    return true;
  }

  // The lease of a warm arena, where there is nothing else to do; or null.
  PooledArena* Lend(std::uint64_t id) noexcept {
    PoolKey* const key = FindKey(id);
    if (key == nullptr || sampler.Chose(counts.acquired)) [[unlikely]]
      return nullptr;
    // Reading the clock costs; skip it when nothing else can expire.
    if (idle.count() > 1) {
      AdvanceTime();
      if (IsDue()) [[unlikely]]
        return nullptr;
    }
    const LeaseSizes sizes = key->Sizes();
    PooledArena* const arena = Take(sizes.min, sizes.max);
    if (arena != nullptr) [[likely]]
      Begin(arena, key);
    return arena;
  }

  // Counts a lease that begins with that arena; null: no key.
  void Begin(PooledArena* arena, PoolKey* key) noexcept {
    ++counts.acquired;
    KeyPart* const part = key != nullptr ? key->PartOf(index) : nullptr;
    arena->key = part != nullptr ? key : nullptr;
    if (part == nullptr) [[unlikely]]
      return;
    ++part->counts.acquired;
    arena->key_number = key->number;
  }

  // Counts a lease that ends, and adds what it needed to its key. Returns how large its arena may
  // be to be retained.
  ARENA_ALWAYS_INLINE std::size_t End(const PooledArena& arena) noexcept {
    ++counts.returned;
    PoolKey* const key = arena.key;
    if (key == nullptr || key->number != arena.key_number) [[unlikely]]
      return settings_.SizesFor(arena.need).retain;
    KeyPart* const part = key->PartOf(index);
    if (part == nullptr) [[unlikely]] {
      key->AddWithoutPart(arena.need, arena.fit, settings_);
    } else {
      ++part->counts.returned;
      if (!arena.fit) [[unlikely]]
        ++part->counts.multi_buffer;
      if (!alone) {
        key->AddNeed(*part, arena.need, arena.fit, time.now(), settings_);
      } else {
        key->AddNeed(arena.need, settings_);
      }
    }
    return key->retain.load(std::memory_order_relaxed);
  }

  // An idle arena of min <= cap <= max, or null.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = idle.Take(min, max);
    if (arena != nullptr) room += arena->cap;
    return arena;
  }

  // Whether an arena can be retained with nothing else to do.
  bool CanRetain(const PooledArena& arena) const noexcept {
    return arena.cap <= room && !IsDue() && may_have_idle.load(std::memory_order_relaxed);
  }

  // Requires room for it.
  void Retain(PooledArena* arena) noexcept {
    arena->since = time.now();
    room -= arena->cap;
    idle.Add(arena);
  }

  // How long the oldest arena has been idle. Requires that there is one.
  ARENA_WRAPS std::uint64_t OldestAge() const noexcept { return time.now() - idle.oldest()->since; }

  // Requires that there is an idle arena. Returns its bytes.
  std::size_t EvictOldest(ArenaErrands& errands) noexcept {
    PooledArena* const arena = idle.oldest();
    const bool is_on_offer = idle.Remove(arena);  // then whoever offers it destroys it
    if (!is_on_offer) errands.Add(arena, nullptr);
    ++evicted;
    room += arena->cap;
    return arena->cap;
  }

  // Evicts arenas that are too old, and begins to offer the pages of others: all, or a few and one.
  // Returns whether there is more to do; if not, there is nothing until `due`, not even for arenas
  // that are retained from now on.
  bool Expire(ArenaErrands& errands, bool all = false) noexcept {
    for (int i = 0; (all || i < kWorkPerCall) && TooOldAt() <= time.now(); ++i) {
      EvictOldest(errands);
    }
    for (int i = 0; (all || i < 1) && OfferAt() <= time.now(); ++i) {
      errands.Add(idle.BeginOffer(), this);
    }
    const std::uint64_t next = PoolTime::Earlier(TooOldAt(), OfferAt());
    due = PoolTime::Earlier(PoolTime::Earlier(next, visit_at), time.now() + settings_.delay);
    return next <= time.now();
  }

  // Does an errand, without the lock. Returns false if the arena was evicted meanwhile.
  bool Offer(PooledArena* arena) noexcept {
    std::unique_lock<Mutex> lock(mutex);
    if (arena->is_on_offer) {
      lock.unlock();
      const std::size_t bytes = arena->OfferPages(settings_.options.reclaim);
      lock.lock();
      offered_bytes += bytes;
    }
    return idle.EndOffer(arena);
  }

  const std::size_t index;
  // Written only when it changes: others look for arenas here until one finds none.
  std::atomic<bool> may_have_idle{false};

 private:
  static std::uint64_t At(const PooledArena* arena, std::uint64_t delay) noexcept {
    return arena != nullptr ? arena->since + delay : UINT64_MAX;
  }
  std::uint64_t TooOldAt() const noexcept { return At(idle.oldest(), settings_.max_age); }
  std::uint64_t OfferAt() const noexcept {
    return At(settings_.in_pages ? idle.oldest_unoffered() : nullptr, settings_.offer_after);
  }

  const PoolSettings& settings_;
  PoolKeys& keys_;

 public:
  alignas(kApart) Mutex mutex{};
  PoolTime time;
  std::uint64_t due = 0;                // until then there is nothing to tidy
  std::uint64_t visit_at = UINT64_MAX;  // likewise in other shards
  std::size_t next_visit = 0;
  std::uint64_t next_key_at = 0;  // see MayAddKey
  LeaseCounts counts{};
  LeaseSampler sampler;       // of guarded leases, from counts.acquired
  std::size_t room = 0;       // so many more bytes may be idle here
  std::uint64_t created = 0;  // leases served by a new arena
  std::uint64_t guarded = 0;  // leases with guarded memory
  std::uint64_t evicted = 0;
  std::uint64_t offered_bytes = 0;
  IdleArenas idle{};
  bool alone;  // no other shard was ever made: this one's mutex guards the keys
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARD_HPP
