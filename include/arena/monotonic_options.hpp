// SPDX-License-Identifier: Apache-2.0
//
// The options and the statistics of a MonotonicArena.
#ifndef ARENA_MONOTONIC_OPTIONS_HPP
#define ARENA_MONOTONIC_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

#include "config.hpp"

ARENA_BEGIN_NAMESPACE

/// How a MonotonicArena gets its memory. All sizes are in bytes.
struct MonotonicArenaOptions {
  /// Every buffer has at least this size, unless the limit leaves less or it serves one large
  /// request.
  std::size_t min_buffer_size = 32 * 1024;
  /// How many buffers the constructor takes; `initial_buffer` counts as the first.
  std::size_t initial_buffer_count = 1;
  /// Buffers grow with the arena, to an eighth of it, up to this size.
  std::size_t max_buffer_size = 1024 * 1024;
  /// Upper bound of Cap(). A limit below what the other options make the arena hold at once is
  /// refused with std::bad_alloc.
  std::size_t limit = SIZE_MAX;
  /// What Reset retains at most: Cap() is no more than this afterwards, unless `initial_buffer`
  /// alone is. The end of a scope frees spares down to this, too. What is freed has to be taken
  /// again, so a bound below the usual need costs every round calls of upstream.
  ///
  /// With 0, memory returns upstream as soon as it is forgotten: Reset frees everything, a scope
  /// begins in a buffer of its own and its end frees all that it took, and a buffer for one large
  /// request is exactly as large. That is for an upstream that finds uses of freed memory.
  std::size_t retain = SIZE_MAX;
  /// Storage of the caller, which the arena uses first and never frees. It may have any size and
  /// alignment, and must outlive the arena. If it is the last block of another arena, resize
  /// nothing there meanwhile: that arena takes what ends at its cursor for its own.
  std::span<std::byte> initial_buffer = {};
  /// The resource that buffers come from; it must outlive the arena. nullptr stands for
  /// std::pmr::get_default_resource().
  ///
  /// It fails by an exception or by returning null: the arena takes both for "no memory". Where
  /// exceptions are off, use one that returns null to survive a lack of memory: what the standard
  /// library's own resources throw there ends the program. Returning null needs
  /// -fno-sanitize=returns-nonnull-attribute beside -fsanitize=undefined, because libstdc++
  /// declares that `allocate` never does it. With exceptions on, throwing needs no such flag.
  ///
  /// Neither its `allocate` nor its `deallocate` allocates from the arena that it serves: where that
  /// needs another call of it, the program ends with a message.
  ///
  /// A thread that is cancelled (pthread_cancel) within a call of the upstream ends after that
  /// call.
  std::pmr::memory_resource* upstream = nullptr;
};

/// The bytes of an arena at one moment: cap == len + records + waste + free.
struct ArenaStats {
  std::size_t len = 0;      ///< bytes handed out, with the padding between them
  std::size_t cap = 0;      ///< bytes that the arena holds
  std::size_t peak = 0;     ///< maximum of len so far
  std::size_t buffers = 0;  ///< number of buffers, with the initial one
  std::size_t records = 0;  ///< bytes in cleanup records
  std::size_t waste = 0;    ///< bytes lost at the ends of retired buffers, until Reset
  std::size_t free = 0;     ///< bytes that can still be handed out
};

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_OPTIONS_HPP
