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

// The account of the memory outside the window: retired chunks, and oversized chunks that are
// taken.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t waste = 0;
  std::size_t chunk_bytes = 0;  // the sizes of the retired chunks alone
};

// What the arena restores when the scope ends.
struct ScopeMark {
  ScopeMark* outer = nullptr;  // the next open scope around this one
  Chunk* chunk = nullptr;
  Window::Mark window{};
  std::byte* window_begin = nullptr;
  OversizedChunk* oversized = nullptr;  // the newest that was taken then
  Tally retired{};
  OversizedRun oversized_since_move{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
