// SPDX-License-Identifier: Apache-2.0
//
// What a MonotonicArena was when a scope was opened on it.
#ifndef ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
#define ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../core/arena_access.hpp"
#include "chunk.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Bytes outside the window, by what became of them.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t tails = 0;
};

// What a scope puts back when it ends.
struct ScopeMark {
  ScopeMark* outer;
  WindowBuffer* buffer;
  ArenaAccess::Window window;
  std::byte* window_begin;
  ArenaAccess::Address newest_record;
  DedicatedBuffer* last_dedicated;
  Tally left;
  std::size_t aside;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
