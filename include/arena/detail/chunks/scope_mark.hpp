// SPDX-License-Identifier: Apache-2.0
//
// State of a MonotonicArena when a scope was opened on it.
#ifndef ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
#define ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../core/window.hpp"
#include "chunk.hpp"
#include "chunk_sizes.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Bytes outside the window, by what became of them.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t waste = 0;
  std::size_t chunk_bytes = 0;  // of the retired chunks alone; the others count oversized ones, too
};

// What a scope puts back when it ends.
struct ScopeMark {
  ScopeMark* outer = nullptr;  // the scope around this one
  Chunk* chunk = nullptr;
  Window::Mark window;
  std::byte* window_begin = nullptr;
  OversizedChunk* oversized = nullptr;  // the newest that was taken
  Tally retired;
  OversizedRun oversized_since_move;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
