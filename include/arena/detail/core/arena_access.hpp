// SPDX-License-Identifier: Apache-2.0
//
// What the library's own headers need of an Arena beyond its public face: the bump for compile-time
// sizes, cleanups, and the window for scopes. Not for users.
#ifndef ARENA_DETAIL_CORE_ARENA_ACCESS_HPP
#define ARENA_DETAIL_CORE_ARENA_ACCESS_HPP

#include <cstddef>
#include <cstdint>

#include "../../arena_interface.hpp"
#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct ArenaAccess {
  using Address = detail::Address;

  // The window and the floor, to be put back when a scope ends.
  struct Window {
    Address cursor, limit, floor;
  };

  template <std::size_t kSize, std::size_t kAlignment>
  static ARENA_ALWAYS_INLINE void* AllocFixed(Arena& arena) {
    void* block;
    if (arena.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return Arena::AllocSlowFixed<kSize, kAlignment>(&arena);
  }

  template <std::size_t kSize, std::size_t kAlignment>
  static ARENA_ALWAYS_INLINE void* TryAllocFixed(Arena& arena) noexcept {
    void* block;
    if (arena.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return Arena::TryAllocSlow(&arena, kSize, kAlignment);
  }

  static ARENA_ALWAYS_INLINE bool AddCleanup(Arena& arena, Cleanup cleanup) noexcept {
    return arena.AddCleanup(cleanup);
  }

  // Forgets the newest cleanup if it is this object's.
  static bool DropCleanup(Arena& arena, const void* object) noexcept {
    Cleanup cleanup;
    return arena.DoTakeCleanup(&cleanup, object);
  }

  // Where the cursor stands, in the form in which the arena has it at hand; for Undo.
  static Address Last(const Arena& arena) noexcept { return arena.last_; }

  // Takes back an allocation whose constructor threw: in the arena's own window `Len` is then what
  // it was when the cursor stood at `before`, unless something was allocated since.
  ARENA_COLD static void Undo(Arena& arena, Address before, void* block,
                              std::size_t size) noexcept {
    if (!arena.TryResize(block, size, 0)) return;
    if (arena.Cursor() != reinterpret_cast<std::uintptr_t>(block)) return;
    const auto in_window = [&arena](Address last) {
      const std::uintptr_t cursor = static_cast<std::uintptr_t>(last) + 1;
      return cursor >= static_cast<std::uintptr_t>(arena.floor_) && cursor <= arena.Cursor();
    };
    if (in_window(before)) {
      arena.last_ = before;
    } else if (in_window(arena.fresh_)) {
      // The window moved for this block: fresh_ is where the cursor stood in the new one.
      arena.last_ = arena.fresh_;
    }
  }

  static Address NewestRecord(const Arena& arena) noexcept { return arena.records_.newest(); }
  // Set while the cleanups of a Reset or Release run.
  static bool& Forgetting(Arena& arena) noexcept { return arena.forgetting_; }
  static bool PopRecord(Arena& arena, Address mark, Cleanup* cleanup) noexcept {
    return arena.PopRecord(mark, cleanup, nullptr);
  }
  static Window GetWindow(const Arena& arena) noexcept {
    return {Address{arena.Cursor()}, arena.limit_, arena.floor_};
  }
  static void PutWindow(Arena& arena, const Window& window) noexcept {
    arena.MoveCursor(static_cast<std::uintptr_t>(window.cursor));
    arena.limit_ = window.limit;
    arena.floor_ = window.floor;
  }
  // Forgets what the window holds, which has no records.
  static void RewindWindow(Arena& arena, std::byte* begin) noexcept {
    arena.MoveCursor(reinterpret_cast<std::uintptr_t>(begin));
    RaiseFloor(arena);
  }
  static void RaiseFloor(Arena& arena) noexcept { arena.floor_ = Address{arena.Cursor()}; }
  static std::size_t Room(const Arena& arena) noexcept { return arena.Room(); }
  static std::byte* Limit(const Arena& arena) noexcept {
    return reinterpret_cast<std::byte*>(arena.limit_);
  }
  static bool AddCleanupInWindow(Arena& arena, Cleanup cleanup) noexcept {
    return arena.AddCleanupInWindow(cleanup);
  }
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ARENA_ACCESS_HPP
