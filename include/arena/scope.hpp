// SPDX-License-Identifier: Apache-2.0
//
// class ArenaScope: frees what was allocated since it was opened.
#ifndef ARENA_SCOPE_HPP
#define ARENA_SCOPE_HPP

#include <cstddef>

#include "config.hpp"
#include "detail/core/arena_access.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/sanitizer.hpp"
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
class [[nodiscard]] ArenaScope {
 public:
  /// Opens a scope on the arena, which outlives it.
  explicit ArenaScope(MonotonicArena& arena) noexcept
      : arena_(arena),
        mark_{arena.innermost_,
              arena.current_,
              Access::GetWindow(arena),
              arena.window_begin_,
              Access::NewestRecord(arena),
              arena.store_.dedicated().last_taken(),
              arena.left_,
              arena.aside_} {
    arena_.innermost_ = &mark_;
    Access::RaiseFloor(arena_);
  }

  ~ArenaScope() {
    FailIfNotInnermost();
    arena_.NotePeak();
    Cleanup cleanup;
    while (Access::PopRecord(arena_, mark_.newest_record, &cleanup)) {
      cleanup.run(cleanup.object);
      FailIfNotInnermost();
    }
    // Only now: what the cleanups allocated goes too.
    Rewind();
  }

  explicit ArenaScope(Arena&) = ARENA_DELETE("arena: a scope needs the MonotonicArena itself");
  ArenaScope(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");
  ArenaScope& operator=(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");

 private:
  using Access = detail::ArenaAccess;

  void FailIfNotInnermost() const noexcept {
    if (arena_.innermost_ != &mark_) detail::Fail("arena: scopes were left out of order");
  }

  void Rewind() noexcept {
    arena_.NotePeak();
    if constexpr (detail::kInstrumented) MarkFree();
    arena_.store_.dedicated().GiveBackSince(mark_.last_dedicated);
    // Every buffer that the window entered since now lies behind it in the chain: a spare.
    arena_.current_ = mark_.buffer;
    arena_.window_begin_ = mark_.window_begin;
    Access::PutWindow(arena_, mark_.window);
    arena_.left_ = mark_.left;
    arena_.aside_ = mark_.aside;
    arena_.innermost_ = mark_.outer;
  }

  void MarkFree() noexcept {
    auto* const cursor = reinterpret_cast<std::byte*>(mark_.window.cursor);
    auto* const limit = reinterpret_cast<std::byte*>(mark_.window.limit);
    detail::MarkFree(cursor, static_cast<std::size_t>(limit - cursor));
    if (arena_.current_ == mark_.buffer) return;
    detail::WindowChain::MarkFree(
        mark_.buffer != nullptr ? mark_.buffer->next : arena_.store_.chain().first(),
        arena_.current_);
  }

  MonotonicArena& arena_;
  detail::ScopeMark mark_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_SCOPE_HPP
