// SPDX-License-Identifier: Apache-2.0
//
// class ArenaScope: frees what was allocated since it was opened.
#ifndef ARENA_SCOPE_HPP
#define ARENA_SCOPE_HPP

#include "config.hpp"
#include "detail/chunks/scope_mark.hpp"
#include "monotonic_arena.hpp"

ARENA_BEGIN_NAMESPACE

/// Frees, at its end, everything that was allocated from the arena since its start.
///
/// The cleanups registered since then run, newest first; Len() falls back to what it was; buffers
/// taken inside stay with the arena as spares. Scopes nest. What the cleanups allocate on the way
/// out goes too. Opening is O(1), closing is O(what was taken inside).
///
/// A slice from outside that grows inside, beyond its capacity, grows into memory of the scope; the
/// value outside stays intact. Within its capacity the element lies outside and lives on, so what it
/// holds must not be memory of the scope (an arena::List, say). A child arena lives inside the scope it was made in.
///
/// Leaving scopes in another order than the reverse of their opening, and Reset, Release or the end
/// of the arena while one is open, end the program with a message. Not copyable, not movable: stale
/// and foreign marks cannot be written.
///
/// Thread safety: as the arena, none.
class ARENA_NODISCARD ArenaScope {
 public:
  /// Opens a scope on the arena, which outlives it.
  ARENA_NODISCARD explicit ArenaScope(MonotonicArena& arena) noexcept : arena_(arena) {
    arena_.OpenScope(mark_);
  }

  ~ArenaScope() { arena_.CloseScope(mark_); }

  explicit ArenaScope(Arena&) = ARENA_DELETE("arena: a scope needs the MonotonicArena itself");
  ArenaScope(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");
  ArenaScope& operator=(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");

 private:
  MonotonicArena& arena_;
  detail::ScopeMark mark_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_SCOPE_HPP
