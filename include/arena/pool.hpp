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

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "config.hpp"
#include "detail/core/assert.hpp"
#include "detail/pool/pool_state.hpp"
#include "detail/pool/pooled_arena.hpp"
#include "monotonic_arena.hpp"
#include "pool_options.hpp"

ARENA_BEGIN_NAMESPACE

/// An arena on loan from an ArenaPool; its end runs the cleanups, resets the arena and returns it.
///
/// Move-only. Dereferencing gives the MonotonicArena, which belongs to one thread at a time; the
/// lease may end on another thread than it was made on, and after its pool is gone. A lease that is
/// still a temporary cannot be dereferenced: its arena would be gone at the end of the statement. A
/// moved-from lease is empty. A lease cannot be assigned over: keep one that comes and goes in a
/// std::optional.
class ArenaLease {
 public:
  ArenaLease() noexcept = default;
  ArenaLease(ArenaLease&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        arena_(std::exchange(other.arena_, nullptr)) {}
  ArenaLease(const ArenaLease&) = ARENA_DELETE("arena: a lease is moved, not copied");
  // Not assigned over, not even by a move: in a struct of a lease and a container, the assignment that
  // a compiler writes would return the old arena first and then move the elements into it.
  ArenaLease& operator=(const ArenaLease&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ArenaLease& operator=(ArenaLease&&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ~ArenaLease() { Return(); }

  /// Whether there is an arena.
  explicit operator bool() const noexcept { return arena_ != nullptr; }

  /// The arena, which lives as long as the lease.
  MonotonicArena& operator*() const& noexcept {
    ARENA_ASSERT(arena_ != nullptr && "an empty lease has no arena");
    return arena_->arena;
  }
  MonotonicArena* operator->() const& noexcept { return &**this; }

  // Not on a temporary lease: its arena would be gone at the end of the statement. Name the lease.
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

  ArenaPool(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");
  ArenaPool& operator=(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");

  /// An arena for a request of the kind `key`, sized by what such requests needed before.
  ///
  /// Throws std::bad_alloc when memory is short; then there is no lease, and the pool goes on.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key) {
    return {state_, state_->Acquire(key, 0)};
  }

  /// The same for a request that is known to need at least `expected` bytes, its Content-Length
  /// say.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key, std::size_t expected) {
    return {state_, state_->Acquire(key, expected)};
  }

  /// Gives up idle arenas, the oldest first, until they hold at most `bytes`: for memory-pressure
  /// hooks. O(arenas given up and offered).
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

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_HPP
