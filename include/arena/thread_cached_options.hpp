// SPDX-License-Identifier: Apache-2.0
//
// The options of a ThreadCachedArena.
#ifndef ARENA_THREAD_CACHED_OPTIONS_HPP
#define ARENA_THREAD_CACHED_OPTIONS_HPP

#include <cstddef>

#include "config.hpp"

ARENA_BEGIN_NAMESPACE

/// How much of the base's memory a thread takes at once.
///
/// In each round a thread begins with `first_window`, and its windows double up to `window`, then
/// up to an eighth of what the thread took, at most `max_window`. (If `first_window` is more than 1
/// KiB, a block of 1 KiB precedes it.)
struct ThreadCachedArenaOptions {
  std::size_t first_window = 1024;      ///< bytes that a thread takes first in a round
  std::size_t window = 32 * 1024;       ///< up to this its windows double, whatever it took
  std::size_t max_window = 256 * 1024;  ///< no window is larger
};

ARENA_END_NAMESPACE

#endif  // ARENA_THREAD_CACHED_OPTIONS_HPP
