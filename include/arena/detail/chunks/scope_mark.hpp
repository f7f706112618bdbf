// SPDX-License-Identifier: Apache-2.0
//
// What a MonotonicArena was when a scope was opened on it.
#ifndef ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
#define ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../core/window.hpp"
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
  ScopeMark* outer = nullptr;  // the scope around this one
  WindowBuffer* buffer = nullptr;
  Window::Mark window;
  std::byte* window_begin = nullptr;
  DedicatedBuffer* last_dedicated = nullptr;
  Tally left;
  std::size_t aside = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
