// SPDX-License-Identifier: Apache-2.0
//
// An arena of a pool, and what the pool needs of it beyond the public face of a MonotonicArena.
#ifndef ARENA_DETAIL_POOL_POOLED_ARENA_HPP
#define ARENA_DETAIL_POOL_POOLED_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_arena.hpp"
#include "../../page_resource.hpp"
#include "../chunks/chunk.hpp"
#include "../core/align.hpp"
#include "../core/arena_access.hpp"
#include "../core/sanitizer.hpp"
#include "lease_sizes.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey;

// An arena of a pool, leased or idle.
struct PooledArena {
  explicit PooledArena(const MonotonicArenaOptions& options) : arena(options) {}
  PooledArena(const PooledArena&) = delete;
  PooledArena& operator=(const PooledArena&) = delete;

  MonotonicArena arena;
  PoolKey* key = nullptr;  // while leased

  // While idle.
  std::size_t cap = 0;
  std::uint64_t since = 0;  // by the pool's time
  // While in the lists, too; `older` is also the next of those that are to be destroyed.
  std::size_t size_class = 0;
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
};

// What a lease took, known at its end.
struct LeaseFigures {
  std::size_t need;  // a buffer of that size suffices for the same again
  std::size_t cap;   // of the first buffer
  bool fit;          // whether that is the only one
};

// What the pool needs of an arena beyond its public face.
struct PoolAccess {
  // Runs the cleanups and resets.
  static LeaseFigures EndLease(MonotonicArena& arena) noexcept {
    if (!kInstrumented && HasRecords(arena)) arena.RunCleanups();
    if (!kInstrumented && IsSimple(arena)) [[likely]] {
      // Reset, without what need not be put back.
      const auto len = static_cast<std::size_t>(arena.WindowCursor() - arena.window_begin_);
      arena.peak_ = MaxOf(arena.peak_, len);
      const std::size_t most = MaxOf(std::exchange(arena.high_water_, 0), len);
      ArenaAccess::RewindWindow(arena, arena.window_begin_);
      return {most + 16 + LeaseSizing::kOverhead, arena.current_->size(), true};
    }
    arena.Reset();
    // It keeps these figures; what the cleanups added is in them.
    const std::size_t buffers = arena.store_.Count();
    return {std::exchange(arena.high_water_, 0) + 16 * buffers + LeaseSizing::kOverhead,
            arena.store_.chain().bytes(), buffers == 1 && arena.store_.chain().count() == 1};
  }

  // Offers the whole pages behind the headers of the ordinary buffers; bytes offered.
  static std::size_t OfferPages(const MonotonicArena& arena, Reclaim reclaim) noexcept {
    std::size_t bytes = 0;
    for (WindowBuffer* buffer = arena.store_.chain().first(); buffer != nullptr;
         buffer = buffer->next) {
      bytes += PageResource::Offer(buffer->begin, buffer->size(), reclaim);
    }
    return bytes;
  }

 private:
  static bool HasRecords(const MonotonicArena& arena) noexcept {
    return ArenaAccess::NewestRecord(arena) != ArenaAccess::Address{};
  }

  // Whether there is one buffer, in the window, and neither a record nor a scope: then nothing was
  // ever left or taken aside, and the cursor is all that Reset has to put back.
  static bool IsSimple(const MonotonicArena& arena) noexcept {
    return !HasRecords(arena) && arena.innermost_ == nullptr &&
           arena.store_.dedicated().count() == 0 && arena.store_.chain().count() == 1 &&
           arena.current_ != nullptr;
  }
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOLED_ARENA_HPP
