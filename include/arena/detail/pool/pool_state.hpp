// SPDX-License-Identifier: Apache-2.0
//
// The part of an ArenaPool that its leases may outlive: who gets which arena, and which is kept.
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

// Lives until the pool and the last of its arenas are gone.
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : options_(options),
        pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // for Unreference alone

  PooledArena* Acquire(std::uint64_t name, std::size_t expected) {
    PooledArena* arena;
    PoolKey* key;
    std::size_t prediction;
    PooledArena* offer = nullptr;
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      key = UseKey(name);
      const LeaseSizes* sizes = key != nullptr ? &key->sizes : &smallest_;
      LeaseSizes expected_sizes;
      if (expected != 0 && LeaseSizing::WithOverhead(expected) > sizes->least) {
        expected_sizes = sizing_.SizesFor(LeaseSizing::WithOverhead(expected));
        sizes = &expected_sizes;
      }
      prediction = MinOf(sizes->least, options_.max_lease_bytes);
      arena = idle_.Take(prediction, sizes->most);
      // Nothing idle, nothing to tidy: the clock is not free.
      if (idle_.oldest() != nullptr) {
        time_.Advance(options_.clock());
        if (time_.now() >= due_) offer = Tidy(&doomed);
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
    // The cleanups run here, on this thread and without the lock.
    const LeaseFigures figures = PoolAccess::EndLease(arena->arena);
    PooledArena* offer;
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      time_.Advance(options_.clock());
      ++returned_;
      if (!figures.fit) ++several_buffers_;
      std::size_t keep;
      if (PoolKey* const key = arena->key; key != nullptr) {
        ++key->returned;
        if (!figures.fit) ++key->several_buffers;
        if (key->needs.Add(figures.need)) key->sizes = sizing_.SizesFor(key->needs.Quantile());
        keep = key->sizes.keep;
        PoolKeys::DeleteIfLast(key);
      } else {
        keep = sizing_.SizesFor(figures.need).keep;
      }
      arena->cap = figures.cap;
      if (figures.fit && alive_ && figures.cap <= MinOf(keep, options_.max_arena_bytes) &&
          MakeRoom(figures.cap, &doomed)) {
        arena->since = time_.now();
        due_ = PoolTime::Earlier(due_, time_.now() + delay_);
        idle_.Add(arena);
      } else {
        ++evicted_;
        doomed.Add(arena);
      }
      offer = time_.now() < due_ ? nullptr : Tidy(&doomed);
    }
    // Without an arena in hand, the state may be gone from here on.
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
  }

  // The pool is gone: what is idle goes now, what is leased with its lease.
  void Abandon() noexcept {
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      alive_ = false;
      while (idle_.oldest() != nullptr) Evict(idle_.oldest(), &doomed);
    }
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    PooledArena* offer;
    std::size_t calls = 0;  // of which each offers one arena: what comes back meanwhile can wait
    do {
      Doomed doomed(this);
      {
        const std::lock_guard<Mutex> lock(mutex_);
        if (calls == 0) calls = idle_.count() + 1;
        time_.Advance(options_.clock());
        if (in_transit_ != 0) transit_bound_ = MinOf(transit_bound_, bytes);
        while (idle_.oldest() != nullptr && (IdleBytes() > bytes || IsTooOld(idle_.oldest()))) {
          Evict(idle_.oldest(), &doomed);
        }
        offer = Tidy(&doomed);
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
    stats.single_buffer = returned_ - several_buffers_;
    stats.evicted = evicted_;
    stats.offered_bytes = offered_bytes_;
    stats.open = ToSize(acquired_ - returned_);
    stats.idle = idle_.count() + in_transit_;
    stats.idle_bytes = IdleBytes();
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t name) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    const PoolKey* const key = keys_.Find(name);
    if (key == nullptr) return std::nullopt;
    return ArenaPoolKeyStats{key->returned, key->returned - key->several_buffers, key->open(),
                             key->sizes.least};
  }

 private:
  // Arenas that an Acquire or a return gives up for age, and for room, at most.
  static constexpr int kWorkPerCall = 4;

  // Arenas on their way out, destroyed when the lock, which is taken later, is free again.
  class Doomed {
   public:
    explicit Doomed(PoolState* state) noexcept : state_(state) {}
    ~Doomed() {
      if (first_ != nullptr) [[unlikely]]
        state_->Destroy(first_);
    }
    Doomed(const Doomed&) = delete;
    Doomed& operator=(const Doomed&) = delete;

    void Add(PooledArena* arena) noexcept {
      arena->older = first_;
      first_ = arena;
    }

   private:
    PoolState* state_;
    PooledArena* first_ = nullptr;
  };

  bool OwnsPages() const noexcept { return upstream_ == &pages_; }

  // The key's record, made if there is none; null when none is to be kept. Throws std::bad_alloc.
  PoolKey* UseKey(std::uint64_t name) {
    PoolKey* const key = keys_.Use(name);
    if (key != nullptr) [[likely]]
      return key;
    return options_.max_keys != 0 ? AddKey(name) : nullptr;
  }

  ARENA_COLD PoolKey* AddKey(std::uint64_t name) {
    return keys_.Add(
        std::make_unique<PoolKey>(name, options_.history, options_.quantile, smallest_),
        options_.max_keys);
  }

  ARENA_COLD PooledArena* Create(PoolKey* key, std::size_t prediction) {
    // Takes the lease back when there is no memory.
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
    // Small later buffers: they are for the few leases that need more than their kind did before.
    options.min_buffer_size = sizing_.SmallestBuffer();
    options.initial_buffer_count = 0;
    options.limit = options_.max_lease_bytes;
    options.upstream = upstream_;
    auto arena = std::make_unique<PooledArena>(options);
    arena->arena.Reserve(MinOf(sizing_.FirstBuffer(prediction), options_.max_lease_bytes));
    references_.fetch_add(1, std::memory_order_relaxed);
    ticket.state = nullptr;
    return arena.release();
  }

  // May delete the state, if the pool is gone.
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

  std::size_t IdleBytes() const noexcept { return idle_.bytes() + in_transit_bytes_; }

  void Evict(PooledArena* arena, Doomed* doomed) noexcept {
    idle_.Remove(arena);
    doomed->Add(arena);
    ++evicted_;
  }

  // Gives up the oldest until `bytes` more may be idle; false when that would be too much work.
  bool MakeRoom(std::size_t bytes, Doomed* doomed) noexcept {
    if (bytes > options_.max_idle_bytes) return false;
    const std::size_t most = options_.max_idle_bytes - bytes;
    for (int i = 0; i < kWorkPerCall && IdleBytes() > most && idle_.oldest() != nullptr; ++i) {
      Evict(idle_.oldest(), doomed);
    }
    return IdleBytes() <= most;
  }

  // Gives up what is too old. Returns an arena, taken out, whose pages are to be offered, or null.
  ARENA_COLD PooledArena* Tidy(Doomed* doomed) noexcept {
    for (int i = 0; i < kWorkPerCall; ++i) {
      if (idle_.oldest() == nullptr || !IsTooOld(idle_.oldest())) break;
      Evict(idle_.oldest(), doomed);
    }
    PooledArena* arena = OwnsPages() ? idle_.oldest_kept() : nullptr;
    if (arena != nullptr && time_.now() - arena->since >= offer_after_) {
      idle_.Remove(arena);
      ++in_transit_;
      in_transit_bytes_ += arena->cap;
    } else {
      arena = nullptr;
    }
    due_ = UINT64_MAX;
    if (idle_.oldest() != nullptr) due_ = idle_.oldest()->since + max_age_;
    if (OwnsPages() && idle_.oldest_kept() != nullptr) {
      due_ = PoolTime::Earlier(due_, idle_.oldest_kept()->since + offer_after_);
    }
    return arena;
  }

  // Offers the arena's pages, without the lock, and puts it back. May delete the state.
  ARENA_COLD void Offer(PooledArena* arena) noexcept {
    const std::size_t bytes = PoolAccess::OfferPages(arena->arena, options_.reclaim);
    Doomed doomed(this);
    const std::lock_guard<Mutex> lock(mutex_);
    const bool keep = alive_ && IdleBytes() <= transit_bound_;
    if (--in_transit_ == 0) transit_bound_ = SIZE_MAX;
    in_transit_bytes_ -= arena->cap;
    offered_bytes_ += bytes;
    if (keep) {
      due_ = PoolTime::Earlier(due_, arena->since + max_age_);
      idle_.AddOffered(arena);
    } else {
      ++evicted_;
      doomed.Add(arena);
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

  // The pool and each of its arenas, leased, idle or about to be destroyed.
  std::atomic<std::size_t> references_{1};

  Mutex mutex_{};  // guards everything below, and what keys and idle arenas hold
  bool alive_ = true;
  PoolTime time_{options_.clock()};
  std::uint64_t due_ = UINT64_MAX;  // before this, nothing is to be given up for age or offered
  std::uint64_t acquired_ = 0;
  std::uint64_t created_ = 0;  // of these, served by a new arena
  std::uint64_t returned_ = 0;
  std::uint64_t several_buffers_ = 0;  // of those returned
  std::uint64_t evicted_ = 0;
  std::uint64_t offered_bytes_ = 0;
  std::size_t in_transit_ = 0;  // idle arenas taken out to offer their pages; they count as idle
  std::size_t in_transit_bytes_ = 0;
  std::size_t transit_bound_ = SIZE_MAX;  // of a ShrinkTo since, for IdleBytes() as they come back
  IdleArenas idle_{};
  PoolKeys keys_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP
