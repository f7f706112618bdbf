// SPDX-License-Identifier: Apache-2.0
//
// The state of an ArenaPool, which lives until its last lease ends: chooses the arena of each
// lease, and the arenas to retain.
//
// Each thread has a shard: idle arenas, keys, counts, a mutex. A lease takes its arena from the shard
// of its thread, and goes to the shard of the thread that ends it. Nothing else is written on the
// way. What shards have to do with each other happens seldom:
//   idle bytes  no shard has more than it has room for, and room is handed out in portions:
//               that of all shards, used or not, is max_idle_bytes together
//   needs       go to the key of the whole pool in batches
//   arenas      are taken from another shard when there would be a new one otherwise
//   ages        of a quiet shard are looked after by the others
//
// Locks: the one of all shards; a shard's; that of the keys; a key's. Who holds a shard's may only try
// to lock another's, unless it holds the one of all shards and locks them in their order.
#ifndef ARENA_DETAIL_POOL_POOL_STATE_HPP
#define ARENA_DETAIL_POOL_POOL_STATE_HPP

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../../page_resource.hpp"
#include "../../pool_options.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "guarded_leases.hpp"
#include "idle_arenas.hpp"
#include "lease_sizes.hpp"
#include "pool_keys.hpp"
#include "pool_shard.hpp"
#include "pool_time.hpp"
#include "pooled_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_),
        settings_(options, upstream_ == &pages_),
        max_shards_(MaxShards(options)),
        free_room_(options.max_idle_bytes),
        guard_(options),
        keys_(options.max_keys, options.history, options.quantile) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() {  // Only Unreference may delete the state.
    for (std::size_t i = 1; i < shard_count_; ++i) delete shards_[i];
  }

  PooledArena* Acquire(std::uint64_t id, std::size_t expected) {
    PoolShard& shard = ShardOfThread();
    PooledArena* arena;
    std::uint64_t number;
    std::size_t prediction;
    PooledArena* offer = nullptr;
    bool is_guarded = false;
    {
      PendingDelete pending(this);
      const std::lock_guard<PoolShard> lock(shard);
      ShardKey& key = UseKey(shard, id);
      const LeaseSizes* sizes = &key.sizes;
      LeaseSizes expected_sizes;
      if (expected != 0 && LeaseSizing::WithOverhead(expected) > sizes->min) {
        expected_sizes = settings_.sizing.SizesFor(LeaseSizing::WithOverhead(expected));
        sizes = &expected_sizes;
      }
      prediction = MinOf(sizes->min, settings_.options.max_lease_bytes);
      if (shard.guarded_leases.Chose(shard.acquired)) [[unlikely]] {
        shard.guarded_leases.ChooseFrom(shard.acquired + 1);
        is_guarded = true;
        arena = nullptr;
      } else {
        arena = shard.Take(prediction, sizes->max);
        if (arena == nullptr) [[unlikely]]
          arena = TakeFromOthers(shard, prediction, sizes->max);
      }
      // Reading the clock costs; skip it when nothing can expire.
      if (shard.idle.oldest() != nullptr) {
        shard.AdvanceTime();
        if (shard.time.now() >= shard.due) offer = Tidy(shard, pending);
      }
      ++shard.acquired;
      if (arena == nullptr) ++shard.created;
      ++key.counts.open;
      number = key.number;
    }
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
    if (arena == nullptr) [[unlikely]]
      arena = Create(shard, id, number, prediction, is_guarded);
    arena->key_id = id;
    arena->key_number = number;
    return arena;
  }

  void Return(PooledArena* arena) noexcept {
    arena->Reset();  // runs the cleanups, without a lock
    PoolShard& shard = ShardOfThread();
    PooledArena* offer;
    {
      PendingDelete pending(this);
      const std::lock_guard<PoolShard> lock(shard);
      shard.time.Advance(settings_.options.clock());
      const LeaseFigures figures = arena->Measure();
      ++shard.returned;
      if (!figures.fit) ++shard.multi_buffer;
      arena->cap = figures.cap;
      const std::size_t retain = CountReturn(shard, *arena, figures);
      if (figures.fit && figures.cap <= MinOf(retain, settings_.max_retained) &&
          arena->guard == nullptr &&
          (figures.cap <= shard.room || MakeRoom(shard, figures.cap, pending)) && shard.alive) {
        Retain(shard, arena);
      } else {
        if (arena->guard == nullptr) ++shard.evicted;
        pending.Add(arena);
      }
      offer = shard.time.now() < shard.due ? nullptr : Tidy(shard, pending);
    }
    // If offer is null, the state may be deleted by now.
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
  }

  // Called at the end of the pool. Idle arenas are destroyed now, leased ones at the end of the
  // lease.
  void Abandon() noexcept {
    {
      PendingDelete pending(this);
      const AllLocked all(*this);
      ForEachShard([&](PoolShard& shard) {
        shard.alive = false;
        while (shard.idle.oldest() != nullptr) shard.EvictOldest(&pending);
        shard.EvictOffered();
      });
    }
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    std::size_t calls = 0;  // left; each offers one arena. Arenas that return meanwhile can wait.
    {
      PendingDelete pending(this);
      const AllLocked all(*this);
      std::size_t idle = 0;
      ForEachShard([&](PoolShard& shard) {
        shard.AdvanceTime();
        while (shard.HasTooOld()) shard.EvictOldest(&pending);
        idle += shard.idle_bytes();
        calls += shard.idle.count();
      });
      while (idle > bytes) {
        const std::size_t freed = EvictOldest(pending);
        if (freed == 0) break;
        idle -= freed;
      }
      ForEachShard([&](PoolShard& shard) {
        if (idle <= bytes) return;
        idle -= shard.offered_bytes_now;
        shard.EvictOffered();
      });
    }
    ForEachShard([&](PoolShard& shard) {
      for (; calls != 0; --calls) {
        PooledArena* offer;
        {
          PendingDelete pending(this);
          const std::lock_guard<Mutex> lock(shard.mutex);
          offer = shard.Expire(&pending);
          shard.due = PoolTime::Earlier(shard.due, shard.visit_at);
        }
        if (offer == nullptr) return;
        Offer(offer);
      }
    });
  }

  ArenaPoolStats Stats() noexcept {
    const AllLocked all(*this);
    ArenaPoolStats stats;
    ForEachShard([&stats](const PoolShard& shard) {
      stats.leases += shard.acquired;
      stats.reused += shard.acquired - shard.created;
      stats.returned += shard.returned;
      stats.single_buffer += shard.returned - shard.multi_buffer;
      stats.evicted += shard.evicted;
      stats.offered_bytes += shard.offered_bytes;
      stats.guarded += shard.guarded;
      stats.idle += shard.idle.count() + shard.offered_now;
      stats.idle_bytes += shard.idle_bytes();
    });
    stats.open = ToSize(stats.leases - stats.returned);
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t id) noexcept {
    const AllLocked all(*this);
    const KeyName name = keys_.Find(id);
    if (name.key == nullptr) return std::nullopt;
    KeyCounts counts = name.key->counts;
    ForEachShard([&](const PoolShard& shard) {
      const ShardKey* const key = shard.keys.Find(id);
      if (key != nullptr && key->number == name.number) counts.Add(key->counts);
    });
    return ArenaPoolKeyStats{counts.returned, counts.returned - counts.multi_buffer,
                             ToSize(static_cast<std::uint64_t>(counts.open)),
                             name.key->prediction.load(std::memory_order_relaxed)};
  }

 private:
  static constexpr std::size_t kMaxShards = PoolThread::kPlaces;

  // Destroys arenas at the end of its scope. It is made before a lock is taken, so that they are
  // destroyed after the lock is released.
  class PendingDelete : public ArenasToDestroy {
   public:
    explicit PendingDelete(PoolState* state) noexcept : state_(state) {}
    ~PendingDelete() {
      if (first() != nullptr) [[unlikely]]
        state_->Destroy(first());
    }
    PendingDelete(const PendingDelete&) = delete;
    PendingDelete& operator=(const PendingDelete&) = delete;

   private:
    PoolState* state_;
  };

  // Locks all shards, and keeps others from being made. At the end it leaves one locked, if any.
  class AllLocked {
   public:
    explicit AllLocked(PoolState& state, const PoolShard* left = nullptr) noexcept
        : state_(state), left_(left) {
      state_.shards_mutex_.lock();
      state_.ForEachShard([](PoolShard& shard) { shard.mutex.lock(); });
    }
    ~AllLocked() {
      state_.ForEachShard([this](PoolShard& shard) {
        if (&shard != left_) shard.mutex.unlock();
      });
      state_.shards_mutex_.unlock();
    }
    AllLocked(const AllLocked&) = delete;
    AllLocked& operator=(const AllLocked&) = delete;

   private:
    PoolState& state_;
    const PoolShard* left_;
  };

  // ---- shards ------------------------------------------------------------------------------------

  static std::size_t MaxShards(const ArenaPoolOptions& options) noexcept {
    const std::size_t max =
        options.max_shards != 0 ? options.max_shards : std::thread::hardware_concurrency();
    return MinOf(MaxOf(max, 1), kMaxShards);
  }

  template <class Visit>
  void ForEachShard(Visit visit) {
    const std::size_t count = shard_count_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < count; ++i) visit(*shards_[i]);
  }

  ARENA_ALWAYS_INLINE PoolShard& ShardOfThread() noexcept {
    PoolShard* const shard = places_[pool_thread.place].load(std::memory_order_acquire);
    return shard != nullptr ? *shard : FindShard();
  }

  // Every max_shards_-th place has the same shard.
  ARENA_COLD PoolShard& FindShard() noexcept {
    if (pool_thread.place == 0) PoolThread::TakePlace();
    const std::size_t place = pool_thread.place;
    const std::lock_guard<Mutex> lock(shards_mutex_);
    std::atomic<PoolShard*>& first_place = places_[1 + (place - 1) % max_shards_];
    PoolShard* shard = first_place.load(std::memory_order_relaxed);
    if (shard == nullptr) shard = MakeShard();
    first_place.store(shard, std::memory_order_release);
    places_[place].store(shard, std::memory_order_release);
    return *shard;
  }

  // Makes a shard; the first call returns the one that is there, as does one without memory.
  PoolShard* MakeShard() noexcept {
    if (!std::exchange(first_is_free_, false)) {
      const std::size_t index = shard_count_.load(std::memory_order_relaxed);
      PoolShard* const shard = new (std::nothrow) PoolShard(settings_, index);
      if (shard != nullptr) {
        const std::lock_guard<Mutex> lock(first_.mutex);
        first_.alone = false;
        first_.due = first_.visit_at = shard->due = shard->visit_at = 0;
        shard->alive = first_.alive;
        shards_[index] = shard;
        shard_count_.store(index + 1, std::memory_order_release);
        return shard;
      }
    }
    return &first_;
  }

  // ---- keys --------------------------------------------------------------------------------------

  // Finds or adds the key. Throws std::bad_alloc.
  ShardKey& UseKey(PoolShard& shard, std::uint64_t id) {
    ShardKey* const key = shard.keys.most_recent();
    if (key != nullptr && key->id == id && key->IsCurrent()) [[likely]]
      return *key;
    return keys_.max_count() != 0 ? UseOtherKey(shard, id) : shard.no_key;
  }

  ARENA_NOINLINE ShardKey& UseOtherKey(PoolShard& shard, std::uint64_t id) {
    ShardKey* key = shard.keys.Find(id);
    if (key != nullptr) shard.keys.Touch(key);
    if (key != nullptr && (key->IsCurrent() || key->Refresh(settings_.sizing))) {
      if (shard.alone) keys_.Touch(*key->key);
      return *key;
    }
    const KeyName name = keys_.Use(id);
    if (key == nullptr) key = AddKey(shard, id);
    if (key == nullptr) ThrowBadAlloc();
    key->StandFor(name);
    key->Refresh(settings_.sizing);
    return *key;
  }

  // The least recently used key of the shard makes way where there is no memory for another. Null when
  // there is none.
  ShardKey* AddKey(PoolShard& shard, std::uint64_t id) noexcept {
    const auto make = [] { return new (std::nothrow) ShardKey; };
    if (shard.keys.count() < keys_.max_count()) {
      if (ShardKey* const key = shard.keys.Add(id, SIZE_MAX, make)) return key;
      if (shard.keys.count() == 0) return nullptr;
    }
    shard.keys.least_recent()->Bring();
    return shard.keys.Add(id, shard.keys.count(), make);
  }

  // Counts the end of a lease for its key, and adds its need. Returns how large an arena may be to be
  // retained.
  std::size_t CountReturn(PoolShard& shard, const PooledArena& arena,
                          const LeaseFigures& figures) noexcept {
    ShardKey* key = shard.keys.Find(arena.key_id);
    if (key == nullptr || key->number != arena.key_number) [[unlikely]] {
      key = FindKeyOfOther(shard, arena.key_id, arena.key_number, key);
      if (key == nullptr) return settings_.sizing.SizesFor(figures.need).retain;
    }
    --key->counts.open;
    ++key->counts.returned;
    if (!figures.fit) ++key->counts.multi_buffer;
    if (!shard.alone) {
      key->AddNeed(figures.need, figures.fit, shard.time.now(), settings_.sizing);
    } else if (key->key->AddNeed(figures.need)) {
      key->Refresh(settings_.sizing);
    }
    return key->sizes.retain;
  }

  // For a lease that began in another shard, or whose key this one has forgotten. Null when the key of
  // that number is forgotten.
  ARENA_COLD ShardKey* FindKeyOfOther(PoolShard& shard, std::uint64_t id, std::uint64_t number,
                                      ShardKey* key) noexcept {
    const KeyName name = number != 0 ? keys_.Find(id) : KeyName{};
    if (name.key == nullptr || name.number != number) return nullptr;
    if (key == nullptr) key = AddKey(shard, id);
    // There is no memory for the shard's first key. This one brings what it counts at once.
    if (key == nullptr) key = &shard.no_key;
    key->StandFor(name);
    key->Refresh(settings_.sizing);
    return key;
  }

  // ---- arenas ------------------------------------------------------------------------------------

  // Looks into the shards that may have idle arenas and are not locked, the next ones first.
  ARENA_COLD PooledArena* TakeFromOthers(const PoolShard& shard, std::size_t min,
                                         std::size_t max) noexcept {
    std::uint64_t others = announced_.load(std::memory_order_acquire) & ~Bit(shard);
    for (others = std::rotr(others, static_cast<int>(shard.index)); others != 0;
         others &= others - 1) {
      const auto distance = static_cast<std::size_t>(std::countr_zero(others));
      PoolShard& other = *shards_[(shard.index + distance) % kMaxShards];
      const std::unique_lock<Mutex> lock(other.mutex, std::try_to_lock);
      if (!lock.owns_lock()) continue;
      PooledArena* const arena = other.Take(min, max);
      if (other.idle_bytes() == 0) {  // nor is one on offer, which will be back
        other.announced = false;
        announced_.fetch_and(~Bit(other), std::memory_order_relaxed);
      }
      if (arena != nullptr) return arena;
    }
    return nullptr;
  }

  static std::uint64_t Bit(const PoolShard& shard) noexcept {
    return std::uint64_t{1} << shard.index;
  }

  // Others may look for an arena there from now on, until one finds none: so leases do not write what
  // all threads read.
  void Retain(PoolShard& shard, PooledArena* arena) noexcept {
    shard.Retain(arena);
    if (shard.announced) [[likely]]
      return;
    shard.announced = true;
    announced_.fetch_or(Bit(shard), std::memory_order_release);  // publishes shards_[index], too
  }

  ARENA_COLD PooledArena* Create(PoolShard& shard, std::uint64_t id, std::uint64_t number,
                                 std::size_t prediction, bool is_guarded) {
    // Undoes the count of the lease, unless state is null.
    struct Ticket {
      PoolState* state;
      PoolShard& shard;
      std::uint64_t id;
      std::uint64_t number;
      bool is_guarded;
      ~Ticket() {
        if (state == nullptr) return;
        const std::lock_guard<Mutex> lock(shard.mutex);
        --shard.acquired;
        --shard.created;
        if (is_guarded) shard.guarded_leases.ChooseFrom(shard.acquired);
        ShardKey* key = shard.keys.Find(id);
        if (key == nullptr || key->number != number) {
          key = state->FindKeyOfOther(shard, id, number, key);
        }
        if (key != nullptr) --key->counts.open;
      }
    };
    Ticket ticket{this, shard, id, number, is_guarded};
    MonotonicArenaOptions options;
    // Later buffers are small, because few leases need more than the first one.
    options.min_buffer_size = settings_.sizing.MinBuffer();
    options.initial_buffer_count = 0;
    options.limit = settings_.options.max_lease_bytes;
    auto guard = is_guarded ? guard_.MakeUpstream(id) : nullptr;
    options.upstream = guard != nullptr ? guard.get() : upstream_;
    auto arena = std::make_unique<PooledArena>(options);
    arena->Reserve(MinOf(settings_.sizing.FirstBuffer(prediction), options.limit));
    if (guard != nullptr) {
      arena->guard = std::move(guard);
      const std::lock_guard<Mutex> lock(shard.mutex);
      ++shard.guarded;
    }
    references_.fetch_add(1, std::memory_order_relaxed);
    ticket.state = nullptr;
    return arena.release();
  }

  // May delete the state.
  ARENA_COLD void Destroy(PooledArena* first) noexcept {
    std::size_t count = 0;
    for (; first != nullptr; ++count) {
      PooledArena* const next = first->older;
      const auto guard = std::move(first->guard);
      delete first;
      first = next;
    }
    Unreference(count);
  }

  void Unreference(std::size_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  // ---- bounds ------------------------------------------------------------------------------------

  // Gives the shard room for `bytes`, at most max_idle_bytes: what no shard has, in portions, so that
  // threads seldom meet here; what others do not use; that of the oldest arenas of all, which are
  // evicted. False when kWorkPerCall of them do not suffice. Unlocks the shard meanwhile.
  ARENA_COLD bool MakeRoom(PoolShard& shard, std::size_t bytes, ArenasToDestroy& evicted) noexcept {
    const std::size_t portion = settings_.options.max_idle_bytes / (4 * max_shards_);
    const std::size_t wanted = MaxOf(bytes - shard.room, portion);
    std::size_t free = free_room_.load(std::memory_order_relaxed);
    while (!free_room_.compare_exchange_weak(free, free - MinOf(free, wanted),
                                             std::memory_order_relaxed)) {
    }
    shard.room += MinOf(free, wanted);
    if (bytes <= shard.room) return true;
    shard.mutex.unlock();
    const AllLocked all(*this, &shard);
    ForEachShard([](PoolShard& each) { each.AdvanceTime(); });
    for (int evictions = 0;; ++evictions) {
      ForEachShard([&](PoolShard& other) {
        const std::size_t moved = MinOf(bytes - MinOf(bytes, shard.room), other.room);
        other.room -= moved;
        shard.room += moved;
      });
      if (bytes <= shard.room) return true;
      if (evictions == PoolShard::kWorkPerCall || EvictOldest(evicted) == 0) return false;
    }
  }

  // Evicts the oldest arena of all shards; returns its bytes, or 0 when there is none. Requires
  // AllLocked and that the shards' times are up to date.
  std::size_t EvictOldest(ArenasToDestroy& evicted) noexcept {
    PoolShard* oldest = nullptr;
    ForEachShard([&](PoolShard& shard) {
      if (shard.idle.count() == 0) return;
      if (oldest == nullptr || shard.OldestAge() > oldest->OldestAge()) oldest = &shard;
    });
    return oldest != nullptr ? oldest->EvictOldest(&evicted) : 0;
  }

  // Returns the arenas whose pages are to be offered, at most one of the shard and one of another,
  // linked by `older`; or null.
  ARENA_COLD PooledArena* Tidy(PoolShard& shard, ArenasToDestroy& evicted) noexcept {
    PooledArena* offer = shard.Expire(&evicted);
    // Whether or not the shard has an offer: one that has some at each call would never visit others.
    if (shard.time.now() >= shard.visit_at) {
      if (PooledArena* const of_other = Visit(shard, evicted)) {
        of_other->older = offer;
        offer = of_other;
      }
    }
    shard.due = PoolTime::Earlier(shard.due, shard.visit_at);
    return offer;
  }

  // Tidies the next other shard, whose threads may be quiet. If only one thread is not, and calls
  // at least once in each pause, it has visited all of them within half of the delay and 64 ms, give or
  // take the clock's ticks. It comes back at once where something is left to be done.
  PooledArena* Visit(PoolShard& shard, ArenasToDestroy& evicted) noexcept {
    constexpr std::uint64_t kPause = 1'000'000;  // nanoseconds
    shard.visit_at = shard.time.now() + settings_.delay / (2 * kMaxShards) + kPause;
    const std::size_t count = shard_count_.load(std::memory_order_acquire);
    if (shard.next_visit % count == shard.index) ++shard.next_visit;
    PoolShard& other = *shards_[shard.next_visit++ % count];
    if (!other.mutex.try_lock()) return nullptr;
    other.AdvanceTime();
    PooledArena* const offer = other.Expire(&evicted);
    if (other.due <= other.time.now()) {
      shard.visit_at = shard.time.now();
      --shard.next_visit;
    }
    other.due = PoolTime::Earlier(other.due, other.visit_at);
    other.mutex.unlock();
    return offer;
  }

  // Offers the pages of each arena, without a lock, and puts it back. May delete the state with the last
  // one: each has a reference.
  ARENA_COLD void Offer(PooledArena* first) noexcept {
    while (first != nullptr) {
      PooledArena* const arena = std::exchange(first, first->older);
      const std::size_t bytes = arena->OfferPages(settings_.options.reclaim);
      PendingDelete pending(this);
      const std::lock_guard<Mutex> lock(arena->shard->mutex);
      arena->shard->EndOffer(arena, bytes, &pending);
    }
  }

  // Not written after the pool was made, except where a thread is new.
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const PoolSettings settings_;
  const std::size_t max_shards_;
  std::atomic<std::size_t> shard_count_{1};
  PoolShard* shards_[kMaxShards] = {&first_};
  // The shards of threads, by PoolThread::place. That of place 0 is null.
  std::atomic<PoolShard*> places_[PoolThread::kPlaces + 1] = {};

  // Written when an arena is made or destroyed, and when room runs short.
  alignas(kApart) std::atomic<std::size_t> references_{1};  // the pool, and each arena
  std::atomic<std::size_t> free_room_;                      // that no shard has
  std::atomic<std::uint64_t> announced_{0};                 // the shards that may have idle arenas
  Mutex shards_mutex_{};       // to make a shard, or to lock all of them
  bool first_is_free_ = true;  // no thread has it yet

  LeaseGuard guard_;

  alignas(kApart) PoolKeys keys_;
  PoolShard first_{settings_, 0};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP
