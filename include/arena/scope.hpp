// SPDX-License-Identifier: Apache-2.0
//
// class ArenaScope: frees everything that was allocated since it was opened.
#ifndef ARENA_SCOPE_HPP
#define ARENA_SCOPE_HPP

#include "config.hpp"
#include "detail/chunks/chunk_walk.hpp"
#include "monotonic_arena.hpp"

ARENA_BEGIN_NAMESPACE

/// Frees, at its end, everything that was allocated from the arena since its start.
///
/// The cleanups registered since then run, newest first; what they allocate is freed, too. Len()
/// falls back to its value at the start; the arena retains buffers taken inside as spares, as far
/// as its option `retain` allows. Scopes nest. Opening is O(1), closing is O(cleanups and buffers
/// since).
///
/// A slice from outside that grows inside grows into memory of the scope, and the value outside stays
/// intact; what is appended within its capacity lies outside (see Slice). A child arena must be
/// destroyed in the scope in which it was made.
///
/// Scopes must end in the reverse order of their opening, and before Reset, Release or the end of
/// the arena; otherwise the program ends with a message. Not copyable, not movable, so a stale or
/// foreign mark cannot be expressed.
///
/// Thread safety: that of the arena.
class ARENA_NODISCARD ArenaScope {
 public:
  /// Opens a scope on the arena, which must outlive it.
  ARENA_NODISCARD explicit ArenaScope(MonotonicArena& arena) noexcept : arena_(arena) {
    arena_.chunks_.OpenScope(mark_);
  }

  ~ArenaScope() { arena_.CloseScope(mark_); }

  explicit ArenaScope(Arena&) = ARENA_DELETE("arena: a scope needs the MonotonicArena itself");
  ArenaScope(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");
  ArenaScope& operator=(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");

 private:
  MonotonicArena& arena_;
  detail::ScopeMark mark_{};
};

ARENA_END_NAMESPACE

#endif  // ARENA_SCOPE_HPP
