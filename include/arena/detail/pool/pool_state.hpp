// SPDX-License-Identifier: Apache-2.0
//
// The state of an ArenaPool, which lives until its last lease ends: chooses the arena of each
// lease, and the arenas to retain.
#ifndef ARENA_DETAIL_POOL_POOL_STATE_HPP
#define ARENA_DETAIL_POOL_POOL_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../../page_resource.hpp"
#include "../../pool_options.hpp"
#include "../core/align.hpp"
#include "idle_arenas.hpp"
#include "lease_sizes.hpp"
#include "mutex.hpp"
#include "pool_keys.hpp"
#include "pool_time.hpp"
#include "pooled_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : options_(options),
        pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // Only Unreference may delete the state.

  PooledArena* Acquire(std::uint64_t id, std::size_t expected) {
    PooledArena* arena;
    PoolKey* key;
    std::size_t prediction;
    PooledArena* offer = nullptr;
    {
      PendingDelete pending(this);
      const std::lock_guard<Mutex> lock(mutex_);
      key = UseKey(id);
      const LeaseSizes* sizes = key != nullptr ? &key->sizes : &smallest_;
      LeaseSizes expected_sizes;
      if (expected != 0 && LeaseSizing::WithOverhead(expected) > sizes->min) {
        expected_sizes = sizing_.SizesFor(LeaseSizing::WithOverhead(expected));
        sizes = &expected_sizes;
      }
      prediction = MinOf(sizes->min, options_.max_lease_bytes);
      arena = idle_.Take(prediction, sizes->max);
      // Reading the clock costs; skip it when nothing can expire.
      if (idle_.oldest() != nullptr) {
        time_.Advance(options_.clock());
        if (time_.now() >= due_) offer = Expire(&pending);
      }
      ++acquired_;
      if (arena == nullptr) ++created_;
      if (key != nullptr) ++key->acquired;
    }
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
    if (arena == nullptr) [[unlikely]]
      arena = Create(key, prediction);
    arena->key = key;
    return arena;
  }

  void Return(PooledArena* arena) noexcept {
    // Runs the cleanups, without the lock.
    const LeaseFigures figures = PoolAccess::EndLease(arena->arena);
    PooledArena* offer;
    {
      PendingDelete pending(this);
      const std::lock_guard<Mutex> lock(mutex_);
      time_.Advance(options_.clock());
      ++returned_;
      if (!figures.fit) ++multi_buffer_;
      std::size_t retain;
      if (PoolKey* const key = arena->key; key != nullptr) {
        ++key->returned;
        if (!figures.fit) ++key->multi_buffer;
        if (key->needs.Add(figures.need)) key->sizes = sizing_.SizesFor(key->needs.Quantile());
        retain = key->sizes.retain;
        PoolKeys::DeleteIfLast(key);
      } else {
        retain = sizing_.SizesFor(figures.need).retain;
      }
      arena->cap = figures.cap;
      if (figures.fit && alive_ && figures.cap <= MinOf(retain, options_.max_arena_bytes) &&
          MakeRoom(figures.cap, &pending)) {
        arena->since = time_.now();
        due_ = PoolTime::Earlier(due_, time_.now() + delay_);
        idle_.Add(arena);
      } else {
        ++evicted_;
        pending.Add(arena);
      }
      offer = time_.now() < due_ ? nullptr : Expire(&pending);
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
      const std::lock_guard<Mutex> lock(mutex_);
      alive_ = false;
      while (idle_.oldest() != nullptr) Evict(idle_.oldest(), &pending);
    }
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    PooledArena* offer;
    std::size_t calls = 0;  // left; each offers one arena. Arenas that return meanwhile can wait.
    do {
      PendingDelete pending(this);
      {
        const std::lock_guard<Mutex> lock(mutex_);
        if (calls == 0) calls = idle_.count() + 1;
        time_.Advance(options_.clock());
        if (being_offered_ != 0) shrink_bound_ = MinOf(shrink_bound_, bytes);
        while (idle_.oldest() != nullptr && (IdleBytes() > bytes || IsTooOld(idle_.oldest()))) {
          Evict(idle_.oldest(), &pending);
        }
        offer = Expire(&pending);
      }
      if (offer != nullptr) Offer(offer);
    } while (offer != nullptr && --calls != 0);
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaPoolStats stats;
    stats.leases = acquired_;
    stats.reused = acquired_ - created_;
    stats.returned = returned_;
    stats.single_buffer = returned_ - multi_buffer_;
    stats.evicted = evicted_;
    stats.offered_bytes = offered_bytes_;
    stats.open = ToSize(acquired_ - returned_);
    stats.idle = idle_.count() + being_offered_;
    stats.idle_bytes = IdleBytes();
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t id) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    const PoolKey* const key = keys_.Find(id);
    if (key == nullptr) return std::nullopt;
    return ArenaPoolKeyStats{key->returned, key->returned - key->multi_buffer, key->open(),
                             key->sizes.min};
  }

 private:
  // How many arenas an Acquire or a return may evict for their age, and how many for room.
  static constexpr int kWorkPerCall = 4;

  // Destroys arenas at the end of its scope. It is made before the lock is taken, so that they are
  // destroyed after the lock is released.
  class PendingDelete {
   public:
    explicit PendingDelete(PoolState* state) noexcept : state_(state) {}
    ~PendingDelete() {
      if (first_ != nullptr) [[unlikely]]
        state_->Destroy(first_);
    }
    PendingDelete(const PendingDelete&) = delete;
    PendingDelete& operator=(const PendingDelete&) = delete;

    void Add(PooledArena* arena) noexcept {
      arena->older = first_;
      first_ = arena;
    }

   private:
    PoolState* state_;
    PooledArena* first_ = nullptr;
  };

  bool OwnsPages() const noexcept { return upstream_ == &pages_; }

  // Finds or adds the key; null when no key is to be remembered. Throws std::bad_alloc.
  PoolKey* UseKey(std::uint64_t id) {
    PoolKey* const key = keys_.Use(id);
    if (key != nullptr) [[likely]]
      return key;
    return options_.max_keys != 0 ? AddKey(id) : nullptr;
  }

  ARENA_COLD PoolKey* AddKey(std::uint64_t id) {
    return keys_.Add(std::make_unique<PoolKey>(id, options_.history, options_.quantile, smallest_),
                     options_.max_keys);
  }

  ARENA_COLD PooledArena* Create(PoolKey* key, std::size_t prediction) {
    // Undoes the count of the lease, unless state is null.
    struct Ticket {
      PoolState* state;
      PoolKey* key;
      ~Ticket() {
        if (state == nullptr) return;
        const std::lock_guard<Mutex> lock(state->mutex_);
        --state->acquired_;
        --state->created_;
        if (key == nullptr) return;
        --key->acquired;
        PoolKeys::DeleteIfLast(key);
      }
    };
    Ticket ticket{this, key};
    MonotonicArenaOptions options;
    // Later buffers are small, because few leases need more than the first one.
    options.min_buffer_size = sizing_.MinBuffer();
    options.initial_buffer_count = 0;
    options.limit = options_.max_lease_bytes;
    options.upstream = upstream_;
    auto arena = std::make_unique<PooledArena>(options);
    arena->arena.Reserve(MinOf(sizing_.FirstBuffer(prediction), options_.max_lease_bytes));
    references_.fetch_add(1, std::memory_order_relaxed);
    ticket.state = nullptr;
    return arena.release();
  }

  // May delete the state.
  ARENA_COLD void Destroy(PooledArena* first) noexcept {
    std::size_t count = 0;
    for (; first != nullptr; ++count) {
      PooledArena* const next = first->older;
      delete first;
      first = next;
    }
    Unreference(count);
  }

  void Unreference(std::size_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  ARENA_WRAPS bool IsTooOld(const PooledArena* arena) const noexcept {
    return time_.now() - arena->since >= max_age_;
  }

  std::size_t IdleBytes() const noexcept { return idle_.bytes() + being_offered_bytes_; }

  void Evict(PooledArena* arena, PendingDelete* pending) noexcept {
    idle_.Remove(arena);
    pending->Add(arena);
    ++evicted_;
  }

  // Evicts the oldest arenas until `bytes` more may be idle; false when kWorkPerCall do not
  // suffice.
  bool MakeRoom(std::size_t bytes, PendingDelete* pending) noexcept {
    if (bytes > options_.max_idle_bytes) return false;
    const std::size_t max = options_.max_idle_bytes - bytes;
    for (int i = 0; i < kWorkPerCall && IdleBytes() > max && idle_.oldest() != nullptr; ++i) {
      Evict(idle_.oldest(), pending);
    }
    return IdleBytes() <= max;
  }

  // Evicts arenas that are too old. Returns an arena whose pages are to be offered, which it
  // removes, or null.
  ARENA_COLD PooledArena* Expire(PendingDelete* pending) noexcept {
    for (int i = 0; i < kWorkPerCall; ++i) {
      if (idle_.oldest() == nullptr || !IsTooOld(idle_.oldest())) break;
      Evict(idle_.oldest(), pending);
    }
    PooledArena* arena = OwnsPages() ? idle_.oldest_unoffered() : nullptr;
    if (arena != nullptr && time_.now() - arena->since >= offer_after_) {
      idle_.Remove(arena);
      ++being_offered_;
      being_offered_bytes_ += arena->cap;
    } else {
      arena = nullptr;
    }
    due_ = UINT64_MAX;
    if (idle_.oldest() != nullptr) due_ = idle_.oldest()->since + max_age_;
    if (OwnsPages() && idle_.oldest_unoffered() != nullptr) {
      due_ = PoolTime::Earlier(due_, idle_.oldest_unoffered()->since + offer_after_);
    }
    return arena;
  }

  // Offers the arena's pages, without the lock, and puts the arena back. May delete the state.
  ARENA_COLD void Offer(PooledArena* arena) noexcept {
    const std::size_t bytes = PoolAccess::OfferPages(arena->arena, options_.reclaim);
    PendingDelete pending(this);
    const std::lock_guard<Mutex> lock(mutex_);
    const bool retain = alive_ && IdleBytes() <= shrink_bound_;
    if (--being_offered_ == 0) shrink_bound_ = SIZE_MAX;
    being_offered_bytes_ -= arena->cap;
    offered_bytes_ += bytes;
    if (retain) {
      due_ = PoolTime::Earlier(due_, arena->since + max_age_);
      idle_.AddOffered(arena);
    } else {
      ++evicted_;
      pending.Add(arena);
    }
  }

  const ArenaPoolOptions options_;
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const LeaseSizing sizing_{OwnsPages()};
  const LeaseSizes smallest_ = sizing_.SizesFor(1);
  const std::uint64_t max_age_ = PoolTime::Delay(options_.max_idle_age);
  const std::uint64_t offer_after_ = PoolTime::Delay(options_.offer_after);
  const std::uint64_t delay_ = OwnsPages() ? PoolTime::Earlier(max_age_, offer_after_) : max_age_;

  // One reference for the pool, and one for each arena: leased, idle or about to be destroyed.
  std::atomic<std::size_t> references_{1};

  Mutex mutex_{};  // guards all members below, the keys and the idle arenas
  bool alive_ = true;
  PoolTime time_{options_.clock()};
  std::uint64_t due_ = UINT64_MAX;  // until then Expire has nothing to do
  std::uint64_t acquired_ = 0;      // leases so far
  std::uint64_t created_ = 0;       // of these, served by a new arena
  std::uint64_t returned_ = 0;      // of these, ended
  std::uint64_t multi_buffer_ = 0;  // of these, ended with more than one buffer
  std::uint64_t evicted_ = 0;
  std::uint64_t offered_bytes_ = 0;
  std::size_t being_offered_ = 0;  // arenas removed to offer their pages; they count as idle
  std::size_t being_offered_bytes_ = 0;
  std::size_t shrink_bound_ = SIZE_MAX;  // of a ShrinkTo meanwhile: above it they are evicted
  IdleArenas idle_{};
  PoolKeys keys_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP
