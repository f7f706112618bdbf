// SPDX-License-Identifier: Apache-2.0
//
// class ArenaPool: arenas that are reused between requests, sized by what requests of their kind
// needed.
//
//     arena::ArenaPool pool;
//     arena::ArenaLease lease = pool.Acquire(route_id);
//     auto* request = arena::Allocate<Request>(*lease);
//     ...                                    // the lease ends: cleanups, Reset, back into the pool
#ifndef ARENA_POOL_HPP
#define ARENA_POOL_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#if defined(__linux__)
#include <time.h>
#endif

#include "config.hpp"
#include "detail/align.hpp"
#include "detail/arena_access.hpp"
#include "detail/assert.hpp"
#include "detail/idle_arenas.hpp"
#include "detail/need_history.hpp"
#include "monotonic_arena.hpp"
#include "page_resource.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// A clock that is read at every lease and has to be exact to some milliseconds only.
inline std::chrono::nanoseconds CoarseNow() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
#else
  return std::chrono::steady_clock::now().time_since_epoch();
#endif
}

}  // namespace detail

/// The bounds of an ArenaPool. Sizes are in bytes.
struct ArenaPoolOptions {
  /// Idle arenas hold at most this much together.
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  /// An arena that was idle for longer is given up.
  std::chrono::nanoseconds max_idle_age = std::chrono::minutes(1);
  /// An arena that holds more is given up at the end of its lease.
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  /// The needs of at most this many keys are remembered; the key not used for longest is forgotten.
  std::size_t max_keys = 1024;
  /// The share of a key's latest leases whose need fits the first buffer, from 0 to 1.
  double quantile = 0.95;
  /// How many of a key's latest leases count: older needs are forgotten.
  std::size_t history = 64;
  /// The pages of an arena that was idle for longer are offered to the kernel.
  std::chrono::nanoseconds offer_after = std::chrono::seconds(1);
  /// What offered pages become.
  Reclaim reclaim = Reclaim::kUnderPressure;
  /// Where the buffers come from; thread-safe, outlives the pool and its leases. nullptr: a
  /// PageResource of the pool's own, the only upstream whose pages are offered.
  std::pmr::memory_resource* upstream = nullptr;
  /// For the pool's own PageResource.
  PageResourceOptions pages = {};
  /// The time since any fixed moment, read at every Acquire and return. Jumps in both directions
  /// are harmless.
  std::chrono::nanoseconds (*clock)() noexcept = &detail::CoarseNow;
};

/// What an ArenaPool did and holds, at one moment.
struct ArenaPoolStats {
  std::uint64_t leases = 0;         ///< acquired so far
  std::uint64_t reused = 0;         ///< of these, served by an idle arena
  std::uint64_t single_buffer = 0;  ///< of those returned, needed one buffer only
  std::uint64_t returned = 0;       ///< ended so far
  std::uint64_t evicted = 0;  ///< arenas given up: too large, too many, too old, or a wrong size
  std::uint64_t offered_bytes = 0;  ///< bytes of pages offered to the kernel so far
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t idle = 0;             ///< arenas waiting
  std::size_t idle_bytes = 0;       ///< what they hold
  std::size_t keys = 0;             ///< keys remembered
};

/// What an ArenaPool knows of one key.
struct ArenaPoolKeyStats {
  std::uint64_t returned = 0;       ///< leases ended
  std::uint64_t single_buffer = 0;  ///< of these, needed one buffer only
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t prediction = 0;       ///< bytes: the next lease's first buffer holds at least this
};

namespace detail {

struct PoolKey {
  PoolKey(std::uint64_t name, std::size_t history, double quantile)
      : key(name), needs(history, quantile) {}

  std::uint64_t key;
  NeedHistory needs;
  std::uint64_t returned = 0;
  std::uint64_t single_buffer = 0;
  std::size_t open = 0;
  bool forgotten = false;  // no longer in the table: its last lease deletes it
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
};

// What the pool needs of an arena beyond its public face.
struct PoolAccess {
  // The most that was in use since StartLease, cleanup records included.
  static std::size_t HighWater(const MonotonicArena& arena) noexcept { return arena.HighWater(); }
  static std::size_t Buffers(const MonotonicArena& arena) noexcept { return arena.store_.Count(); }
  // Reset, without its virtual calls where no cleanup is registered.
  static void Reset(MonotonicArena& arena) noexcept {
    if (ArenaAccess::NewestRecord(arena) == ArenaAccess::Address{}) {
      arena.MonotonicArena::DoReset();
    } else {
      arena.Reset();
    }
  }
  static void StartLease(MonotonicArena& arena) noexcept { arena.high_water_ = 0; }

  // Offers the whole pages behind the headers of the ordinary buffers; bytes offered.
  static std::size_t OfferPages(const MonotonicArena& arena, Reclaim reclaim) noexcept {
    std::size_t bytes = 0;
    for (WindowBuffer* buffer = arena.store_.chain().first(); buffer != nullptr;
         buffer = buffer->next) {
      bytes += PageResource::Offer(buffer->begin, buffer->size(), reclaim);
    }
    return bytes;
  }
};

// The part of a pool that leases may outlive.
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : options_(options),
        pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_) {}

  PooledArena* Acquire(std::uint64_t key, std::size_t expected) {
    DoomedArenas doomed;
    PooledArena* arena = nullptr;
    PoolKey* known = nullptr;
    PooledArena* offer = nullptr;
    std::size_t prediction;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      known = Find(key);
      prediction = Predict(known);
      if (expected != 0) prediction = Max(prediction, Saturated(expected));
      arena =
          idle_.Take(prediction, Max(Saturated(prediction, prediction), FirstBuffer(prediction)));
      // Nothing idle, nothing to tidy: the clock is not free.
      if (idle_.oldest() != nullptr) offer = Tidy(options_.clock(), &doomed);
      ++open_;
      ++stats_.leases;
      if (arena != nullptr) ++stats_.reused;
      if (known != nullptr) ++known->open;
    }
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
    if (arena == nullptr) [[unlikely]]
      arena = CreateFor(known, prediction);
    arena->key = known;
    PoolAccess::StartLease(arena->arena);
    return arena;
  }

  void Return(PooledArena* arena) noexcept {
    // Before Reset loses them.
    const std::size_t buffers = PoolAccess::Buffers(arena->arena);
    const std::size_t cap = arena->arena.Cap();
    const std::size_t need = PoolAccess::HighWater(arena->arena) + 16 * buffers + kOverhead;
    const bool one_buffer = buffers <= 1;
    bool keep = one_buffer && cap != 0 && cap <= options_.max_arena_bytes;
    // The cleanups run here, on this thread and without the lock.
    if (keep) {
      PoolAccess::Reset(arena->arena);
      arena->cap = arena->arena.Cap();
    } else {
      arena->arena.Release();
    }
    bool last;
    PooledArena* offer;
    {
      DoomedArenas doomed;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::chrono::nanoseconds now = options_.clock();
        PoolKey* const key = arena->key;
        std::size_t prediction = need;
        ++stats_.returned;
        if (one_buffer) ++stats_.single_buffer;
        if (key != nullptr) {
          key->needs.Add(need);
          ++key->returned;
          if (one_buffer) ++key->single_buffer;
          prediction = Predict(key);
          Close(key);
        }
        keep = keep && alive_ &&
               arena->cap <= Max(prediction + prediction / 2, FirstBuffer(prediction)) &&
               MakeRoom(arena->cap, &doomed);
        if (keep) {
          arena->since = now;
          idle_.Add(arena);
        } else {
          ++stats_.evicted;
          doomed.Add(arena);
        }
        offer = Tidy(now, &doomed);
        --open_;
        last = !alive_ && open_ == 0 && in_transit_ == 0;
      }
    }
    if (offer != nullptr) {
      Offer(offer);
    } else if (last) {
      delete this;
    }
  }

  // The pool is gone: what is idle goes now, what is leased with its lease.
  void Abandon() noexcept {
    bool last;
    {
      DoomedArenas doomed;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        alive_ = false;
        while (idle_.oldest() != nullptr) Evict(idle_.oldest(), &doomed);
        last = open_ == 0 && in_transit_ == 0;
      }
    }
    if (last) delete this;
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    DoomedArenas doomed;
    const std::lock_guard<std::mutex> lock(mutex_);
    while (idle_.bytes() > bytes) Evict(idle_.oldest(), &doomed);
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    ArenaPoolStats stats = stats_;
    stats.open = open_;
    stats.idle = idle_.count() + in_transit_;
    stats.idle_bytes = idle_.bytes() + in_transit_bytes_;
    stats.keys = keys_.size();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t name) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = keys_.find(name);
    if (found == keys_.end()) return std::nullopt;
    const PoolKey& key = *found->second;
    return ArenaPoolKeyStats{key.returned, key.single_buffer, key.open, Predict(&key)};
  }

 private:
  // Room in a first buffer beyond what a lease used: for paddings that fall otherwise.
  static constexpr std::size_t kOverhead = 64;
  // Arenas that one call gives up, at most, for age or for room.
  static constexpr int kWorkPerCall = 4;

  // Takes a lease back that found no memory.
  struct Ticket {
    PoolState* state;
    PoolKey* key;
    ~Ticket() {
      if (state == nullptr) return;
      const std::lock_guard<std::mutex> lock(state->mutex_);
      --state->open_;
      --state->stats_.leases;
      if (key != nullptr) state->Close(key);
    }
  };

  static std::size_t Saturated(std::size_t a, std::size_t b = kOverhead) noexcept {
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
  }

  bool OwnsPages() const noexcept { return upstream_ == &pages_; }

  // The size of a first buffer for that much: its block fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= smallest_buffer_) return smallest_buffer_;
    const std::size_t page = PageResource::PageSize();
    if (!OwnsPages() || prediction > kMaxSize - 2 * page) return prediction;
    const std::size_t header = WindowBuffer::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  ARENA_COLD PooledArena* CreateFor(PoolKey* key, std::size_t prediction) {
    Ticket ticket{this, key};
    MonotonicArenaOptions options;
    // Small later buffers: they are for the few leases that need more than their kind did before.
    options.min_buffer_size = smallest_buffer_;
    options.initial_buffer_count = 0;
    options.upstream = upstream_;
    auto arena = std::make_unique<PooledArena>(options);
    arena->arena.Reserve(FirstBuffer(prediction));
    ticket.state = nullptr;
    return arena.release();
  }

  std::size_t Predict(const PoolKey* key) const noexcept {
    return Max(key != nullptr ? key->needs.Quantile() : 0, 1);
  }

  // The key's record, made if there is none; null when none is to be kept. Throws std::bad_alloc.
  PoolKey* Find(std::uint64_t name) {
    if (options_.max_keys == 0) return nullptr;
    if (most_recent_ != nullptr && most_recent_->key == name) return most_recent_;
    const auto found = keys_.find(name);
    if (found != keys_.end()) {
      MakeMostRecent(found->second);
      return found->second;
    }
    auto fresh = std::make_unique<PoolKey>(name, options_.history, options_.quantile);
    keys_.emplace(name, fresh.get());
    PoolKey* const key = fresh.release();
    LinkMostRecent(key);
    if (keys_.size() > options_.max_keys) Forget(least_recent_);
    return key;
  }

  void Forget(PoolKey* key) noexcept {
    Unlink(key);
    keys_.erase(key->key);
    key->forgotten = true;
    if (key->open == 0) delete key;
  }

  void Close(PoolKey* key) noexcept {
    if (--key->open == 0 && key->forgotten) delete key;
  }

  void LinkMostRecent(PoolKey* key) noexcept {
    key->more_recent = nullptr;
    key->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = key;
    most_recent_ = key;
  }

  void Unlink(PoolKey* key) noexcept {
    (key->more_recent != nullptr ? key->more_recent->less_recent : most_recent_) = key->less_recent;
    (key->less_recent != nullptr ? key->less_recent->more_recent : least_recent_) =
        key->more_recent;
  }

  void MakeMostRecent(PoolKey* key) noexcept {
    if (key == most_recent_) return;
    Unlink(key);
    LinkMostRecent(key);
  }

  void Evict(PooledArena* arena, DoomedArenas* doomed) noexcept {
    idle_.Remove(arena);
    doomed->Add(arena);
    ++stats_.evicted;
  }

  // Gives up the oldest until `bytes` more may be idle; false when that would be too much work.
  bool MakeRoom(std::size_t bytes, DoomedArenas* doomed) noexcept {
    if (bytes > options_.max_idle_bytes) return false;
    const auto fits = [&] {
      return idle_.bytes() + in_transit_bytes_ <= options_.max_idle_bytes - bytes;
    };
    for (int i = 0; i < kWorkPerCall && !fits() && idle_.oldest() != nullptr; ++i) {
      Evict(idle_.oldest(), doomed);
    }
    return fits();
  }

  // Gives up what is too old. Returns an arena, taken out, whose pages are to be offered, or null.
  PooledArena* Tidy(std::chrono::nanoseconds now, DoomedArenas* doomed) noexcept {
    for (int i = 0; i < kWorkPerCall && idle_.oldest() != nullptr; ++i) {
      if (now - idle_.oldest()->since <= options_.max_idle_age) break;
      Evict(idle_.oldest(), doomed);
    }
    PooledArena* const arena = idle_.oldest_kept();
    if (arena == nullptr || !OwnsPages() || now - arena->since <= options_.offer_after)
      return nullptr;
    idle_.Remove(arena);
    ++in_transit_;
    in_transit_bytes_ += arena->cap;
    return arena;
  }

  // Offers the arena's pages, without the lock, and puts it back. May delete the state.
  ARENA_COLD void Offer(PooledArena* arena) noexcept {
    const std::size_t bytes = PoolAccess::OfferPages(arena->arena, options_.reclaim);
    bool last;
    {
      DoomedArenas doomed;
      const std::lock_guard<std::mutex> lock(mutex_);
      --in_transit_;
      in_transit_bytes_ -= arena->cap;
      stats_.offered_bytes += bytes;
      if (alive_) {
        idle_.AddOffered(arena);
      } else {
        doomed.Add(arena);
      }
      last = !alive_ && open_ == 0 && in_transit_ == 0;
    }
    if (last) delete this;
  }

  ~PoolState() {
    while (most_recent_ != nullptr) Forget(most_recent_);
  }

  const ArenaPoolOptions options_;
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const std::size_t smallest_buffer_ = PageResource::PageSize() - sizeof(WindowBuffer);

  std::mutex mutex_;  // guards everything below, and what PoolKeys and idle arenas hold
  bool alive_ = true;
  std::size_t open_ = 0;
  std::size_t in_transit_ = 0;  // idle arenas taken out to offer their pages; they count as idle
  std::size_t in_transit_bytes_ = 0;
  IdleArenas idle_;
  std::unordered_map<std::uint64_t, PoolKey*> keys_;
  PoolKey* most_recent_ = nullptr;
  PoolKey* least_recent_ = nullptr;
  ArenaPoolStats stats_;
};

}  // namespace detail

/// An arena on loan from an ArenaPool; its end runs the cleanups, resets the arena and returns it.
///
/// Move-only. Dereferencing gives the MonotonicArena, which belongs to one thread at a time; the
/// lease may end on another thread than it was made on, and after its pool is gone. A lease that is
/// still a temporary cannot be dereferenced: its arena would be gone at the end of the statement. A
/// moved-from lease is empty.
class ArenaLease {
 public:
  ArenaLease() noexcept = default;
  ArenaLease(ArenaLease&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        arena_(std::exchange(other.arena_, nullptr)) {}
  ArenaLease& operator=(ArenaLease&& other) noexcept {
    if (this != &other) {
      Return();
      state_ = std::exchange(other.state_, nullptr);
      arena_ = std::exchange(other.arena_, nullptr);
    }
    return *this;
  }
  ~ArenaLease() { Return(); }

  /// Whether there is an arena.
  explicit operator bool() const noexcept { return arena_ != nullptr; }

  /// The arena, which lives as long as the lease.
  MonotonicArena& operator*() const& noexcept {
    ARENA_ASSERT(arena_ != nullptr && "an empty lease has no arena");
    return arena_->arena;
  }
  MonotonicArena* operator->() const& noexcept { return &**this; }

  template <class Lease = void>
  MonotonicArena& operator*() const&& noexcept {
    static_assert(!std::is_void_v<Lease>,
                  "arena: the arena of a temporary lease is gone at the end of the statement; name "
                  "the lease");
    return arena_->arena;
  }
  template <class Lease = void>
  MonotonicArena* operator->() const&& noexcept {
    static_assert(!std::is_void_v<Lease>,
                  "arena: the arena of a temporary lease is gone at the end of the statement; name "
                  "the lease");
    return &arena_->arena;
  }

  /// Ends the lease now; it is empty afterwards.
  void Return() noexcept {
    if (arena_ != nullptr) std::exchange(state_, nullptr)->Return(std::exchange(arena_, nullptr));
  }

 private:
  friend class ArenaPool;
  ArenaLease(detail::PoolState* state, detail::PooledArena* arena) noexcept
      : state_(state), arena_(arena) {}

  detail::PoolState* state_ = nullptr;
  detail::PooledArena* arena_ = nullptr;
};

/// Keeps the arenas of finished requests for the next ones.
///
/// Requests of one kind, named by a key, need about the same memory: a lease gets an arena whose
/// first buffer holds what 95 % of the key's last 64 leases needed (ArenaPoolOptions::quantile,
/// ::history). What a lease needed is the highest Len() within it and its cleanup records; a key's
/// needs do not mix with another's, and one that was unusually large is forgotten after `history`
/// leases. An arena that needed a second buffer or is much too large for its key is given up
/// instead of kept.
///
/// The idle arenas are the library's form of weak memory: their number is bounded by bytes and by
/// age, and the pages of those idle for longer than a moment are offered to the kernel, which takes
/// them under memory pressure only. The bounds are applied at each Acquire, at each return and by
/// ShrinkTo, a few arenas at a time: there is no background thread. The pool bounds its own
/// figures; the resident set falls when the kernel reclaims.
///
/// Thread safety: every member may be called from any thread, and leases may end on any. The
/// cleanups of a lease run on the thread that ends it, without a lock held. After fork in a process
/// with threads, the child does not use it. Work per call is bounded.
class ArenaPool {
 public:
  /// A pool with default bounds.
  ArenaPool() : ArenaPool(ArenaPoolOptions{}) {}

  /// Throws std::bad_alloc.
  explicit ArenaPool(const ArenaPoolOptions& options) : state_(new detail::PoolState(options)) {}

  /// Gives up what is idle. Leases stay valid and free their memory when they end.
  ~ArenaPool() { state_->Abandon(); }

  ArenaPool(const ArenaPool&) = delete;
  ArenaPool& operator=(const ArenaPool&) = delete;

  /// An arena for a request of the kind `key`, sized by what such requests needed before.
  ///
  /// Throws std::bad_alloc when memory is short; the pool is as before then.
  [[nodiscard]] ArenaLease Acquire(std::uint64_t key) { return {state_, state_->Acquire(key, 0)}; }

  /// The same for a request that is known to need at least `expected` bytes, its Content-Length
  /// say.
  [[nodiscard]] ArenaLease Acquire(std::uint64_t key, std::size_t expected) {
    return {state_, state_->Acquire(key, expected)};
  }

  /// Gives up idle arenas, the oldest first, until they hold at most `bytes`: for memory-pressure
  /// hooks. O(arenas given up).
  void ShrinkTo(std::size_t bytes) noexcept { state_->ShrinkTo(bytes); }

  /// What the pool did and holds. O(1).
  ArenaPoolStats Stats() const noexcept { return state_->Stats(); }

  /// What the pool knows of one key; empty when it knows nothing. O(1).
  std::optional<ArenaPoolKeyStats> Stats(std::uint64_t key) const noexcept {
    return state_->StatsOf(key);
  }

 private:
  detail::PoolState* state_;  // deletes itself when the pool and the last lease are gone
};

/// Prints the figures in one line.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const ArenaPoolStats& stats) {
  return out << "leases " << stats.leases << " (" << stats.reused << " reused, " << stats.open
             << " open), " << stats.single_buffer << " of " << stats.returned
             << " in one buffer, idle " << stats.idle << " arenas of " << stats.idle_bytes
             << " bytes, evicted " << stats.evicted << ", offered " << stats.offered_bytes
             << " bytes, keys " << stats.keys;
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const ArenaPoolKeyStats& stats) {
  return out << stats.single_buffer << " of " << stats.returned << " leases in one buffer, "
             << stats.open << " open, prediction " << stats.prediction << " bytes";
}

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_HPP
