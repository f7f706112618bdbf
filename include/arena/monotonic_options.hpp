// SPDX-License-Identifier: Apache-2.0
//
// What goes into a MonotonicArena, its options, and what can be read off it, its statistics.
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
  /// Every ordinary buffer has at least this size, unless the limit leaves less.
  std::size_t min_buffer_size = 32 * 1024;
  /// Ordinary buffers held from construction on; the caller's buffer counts as the first.
  std::size_t initial_buffer_count = 1;
  /// Ordinary buffers grow with the arena, to an eighth of it, up to this.
  std::size_t max_buffer_size = 1024 * 1024;
  /// Cap() never passes this.
  std::size_t limit = SIZE_MAX;
  /// The caller's own storage: used first, never freed, of any size and alignment. It outlives the
  /// arena.
  std::span<std::byte> initial_buffer = {};
  /// Where buffers come from; outlives the arena. nullptr: std::pmr::get_default_resource().
  ///
  /// It fails by an exception or by returning null: the arena takes both for "no memory". Where
  /// exceptions are off, give it one that returns null if you mean to go on without memory: what
  /// the standard library's own resources throw there ends the program. Returning null needs
  /// -fno-sanitize=returns-nonnull-attribute beside -fsanitize=undefined: libstdc++ declares that
  /// `allocate` never does it. With exceptions on, throwing needs no such flag.
  ///
  /// A thread that is cancelled (pthread_cancel) within a call of the upstream ends after that
  /// call.
  std::pmr::memory_resource* upstream = nullptr;
};

/// Where the bytes of an arena are at one moment: cap == len + records + waste + free.
struct ArenaStats {
  std::size_t len = 0;      ///< handed out, with the padding between
  std::size_t cap = 0;      ///< held
  std::size_t peak = 0;     ///< the highest len ever
  std::size_t buffers = 0;  ///< how many buffers are held, the caller's included
  std::size_t records = 0;  ///< bytes in cleanup records
  std::size_t waste = 0;    ///< bytes lost at the ends of chunks, until Reset
  std::size_t free = 0;     ///< bytes still to be handed out
};

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_OPTIONS_HPP
