// SPDX-License-Identifier: Apache-2.0
//
// class ArenaPool: arenas that are reused between requests, and sized by what earlier requests of
// the same kind needed.
//
//     arena::ArenaPool pool;
//     arena::ArenaLease lease = pool.Acquire(route_id);
//     auto* request = arena::Allocate<Request>(*lease);
//     ...                                    // the lease ends: cleanups, Reset, back into the pool
#ifndef ARENA_POOL_HPP
#define ARENA_POOL_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "config.hpp"
#include "detail/core/assert.hpp"
#include "detail/pool/idle_arenas.hpp"
#include "detail/pool/pool_state.hpp"
#include "monotonic_arena.hpp"
#include "pool_options.hpp"

ARENA_BEGIN_NAMESPACE

/// An arena on loan from an ArenaPool; its end runs the cleanups, resets the arena and returns it.
///
/// Move-only. Dereferencing gives the MonotonicArena, which belongs to one thread at a time. The
/// lease may end on another thread than it was made on, and after its pool is destroyed. A
/// temporary lease cannot be dereferenced, because it would end with the statement. A moved-from
/// lease is empty. A lease cannot be assigned to: keep one that comes and goes in a std::optional.
class ArenaLease {
 public:
  ArenaLease() noexcept = default;
  /// Takes the arena over; `other` is empty afterwards.
  ArenaLease(ArenaLease&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        arena_(std::exchange(other.arena_, nullptr)) {}
  ArenaLease(const ArenaLease&) = ARENA_DELETE("arena: a lease is moved, not copied");
  // Not assigned over, not even by a move: in a struct of a lease and a container, the assignment
  // that a compiler writes would return the old arena first and then move the elements into it.
  ArenaLease& operator=(const ArenaLease&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ArenaLease& operator=(ArenaLease&&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ~ArenaLease() { Return(); }

  /// Whether there is an arena.
  explicit operator bool() const noexcept { return arena_ != nullptr; }

  /// The arena, which lives as long as the lease, wherever that is moved to.
  MonotonicArena& operator*() const& noexcept ARENA_LIFETIMEBOUND {
    ARENA_ASSERT(arena_ != nullptr && "an empty lease has no arena");
    return *arena_;
  }
  /// As `*lease`.
  MonotonicArena* operator->() const& noexcept ARENA_LIFETIMEBOUND { return &**this; }

  MonotonicArena& operator*() const&& = ARENA_DELETE("arena: give the lease a name first");
  MonotonicArena* operator->() const&& = ARENA_DELETE("arena: give the lease a name first");

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

/// Retains the arenas of finished requests for the next ones.
///
/// Requests of one kind, which the caller names by a key, need about the same memory: a lease gets
/// an arena whose first buffer holds what 95 % of the key's last 64 leases needed
/// (ArenaPoolOptions::quantile, ArenaPoolOptions::history). The need of a lease is the most that
/// its Len() and its cleanup records came to. Each key has needs of its own, and forgets an
/// unusually large one after `history` leases. An arena that needed a second buffer, or is much too
/// large for its key, is freed instead of retained.
///
/// The idle arenas are the library's form of weak memory: the pool bounds their bytes and their
/// age, and offers the pages of those idle for longer than a moment to the kernel, which takes them
/// under memory pressure only. It applies the bounds at each Acquire, at each return and in
/// ShrinkTo, a few arenas at a time; there is no background thread. The bounds hold for the pool's
/// own figures; the resident set falls when the kernel takes the pages.
///
/// Each thread that uses the pool has a shard of it, up to ArenaPoolOptions::max_shards; further
/// threads share them. A lease gets an arena of the shard of its thread: the one that was returned
/// there last, if that fits, because its memory is warm in the cache of the thread's core. The
/// arena goes to the shard of the thread that ends the lease. As long as both shards have what they
/// need, leases write nothing that other threads' leases read or write, even of the same key.
///
/// The bounds are those of the whole pool, whatever the number of threads and keys. Where a shard
/// has no arena that fits, the lease gets one of another shard before a new one is made; shards
/// that are locked at the moment are passed over. Where a shard has no room for an arena that is
/// returned, the pool's oldest makes way. The other threads look after the shard of a quiet one, a
/// shard with each call: its arenas may get older than the bounds say, by about half of that time
/// where any thread leases all the time, and by more where calls are rare.
///
/// Where one thread uses the pool, what a lease needed counts at once. Otherwise each shard keeps
/// the latest sixteen needs of a key, and passes them on when a lease of the key ends and the last
/// time was four milliseconds ago; sooner while it knows little of the key, or when several leases
/// did not fit.
///
/// Thread safety: every member may be called from any thread, and leases may end on any. The
/// cleanups of a lease run on the thread that ends it, without a lock held. After a fork of a
/// process with threads, the child must not use the pool. Work per call is bounded, by the number
/// of shards where there are several.
class ArenaPool {
 public:
  /// A pool with default bounds.
  ArenaPool() : ArenaPool(ArenaPoolOptions{}) {}

  /// Throws std::bad_alloc.
  explicit ArenaPool(const ArenaPoolOptions& options) : state_(new detail::PoolState(options)) {}

  /// Frees the idle arenas. Leases stay valid and free their memory when they end.
  ~ArenaPool() { state_->Abandon(); }

  ArenaPool(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");
  ArenaPool& operator=(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");

  /// An arena for a request of the kind `key`, sized by what such requests needed before.
  ///
  /// Locks all shards for a moment when the pool learns of the key. Throws std::bad_alloc when
  /// memory is short; then there is no lease, and the pool goes on.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key) {
    return {state_, state_->Acquire(key, 0)};
  }

  /// Acquire for a request that needs at least `expected` bytes: its Content-Length, say.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key, std::size_t expected) {
    return {state_, state_->Acquire(key, expected)};
  }

  /// Frees idle arenas of all shards, the oldest first, until they hold at most `bytes`: for
  /// memory-pressure hooks, but not for a std::new_handler: the pool adds keys with its locks held,
  /// and the handler would wait for them for ever. Locks all shards meanwhile.
  /// O((arenas freed + 1) * shards + arenas offered).
  void ShrinkTo(std::size_t bytes) noexcept { state_->ShrinkTo(bytes); }

  /// The pool's figures at one moment: locks all shards. O(shards).
  ArenaPoolStats Stats() const noexcept { return state_->Stats(); }

  /// The figures of one key; std::nullopt when the pool does not remember it. Locks all shards.
  /// O(shards).
  std::optional<ArenaPoolKeyStats> Stats(std::uint64_t key) const noexcept {
    return state_->StatsOf(key);
  }

 private:
  detail::PoolState* state_;  // deletes itself after the pool and the last lease end
};

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_HPP
