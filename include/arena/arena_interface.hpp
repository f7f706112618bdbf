// SPDX-License-Identifier: Apache-2.0
//
// class Arena: the one interface that everything else in the library takes.
//
// An Arena holds a window of memory and hands out pieces of it by moving a cursor, inline and
// without a virtual call. Only when the window does not suffice does a virtual function run.
//
// The window is detail/core/window.hpp. To write an arena of your own, derive from Arena and
// implement the six pure virtual functions; examples/custom_arena.cpp is a whole one. Typed
// allocation, destructors, slices, buffers and std::pmr containers work on it as they are.
#ifndef ARENA_ARENA_INTERFACE_HPP
#define ARENA_ARENA_INTERFACE_HPP

#include <cstddef>
#include <memory_resource>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/cleanup_records.hpp"
#include "detail/core/sanitizer.hpp"
#include "detail/core/window.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// Memory that is handed out piece by piece and freed all at once.
///
/// An arena does not free single objects: everything goes at once, at Reset, at Release or at the
/// end of a scope. Whatever may still touch its memory (containers, buffers, child arenas, other
/// threads) is gone before.
///
/// It is a std::pmr::memory_resource: every std::pmr container takes its address, and an arena can
/// be the upstream of another. As with std::pmr::monotonic_buffer_resource, `deallocate` does
/// nothing, so a container that dies after Reset cannot free a stranger's memory (under
/// AddressSanitizer it poisons what the arena still owns).
///
/// Thread safety: one thread at a time, unless the derived class says otherwise (ConcurrentArena).
/// Not async-signal-safe. Not copyable, not movable: slices, allocators and containers hold its
/// address.
class Arena : public std::pmr::memory_resource {
 public:
  Arena(const Arena&) = ARENA_DELETE("arena: it stays where it is: pass Arena&");
  Arena& operator=(const Arena&) = ARENA_DELETE("arena: it stays where it is: pass Arena&");

  /// A class that owns memory calls Release() in its own destructor: here it is too late for that.
  ~Arena() override {
    ARENA_ASSERT(!window_.HasRecords() &&
                 "an arena died with cleanups left: call Release() in its destructor");
  }

  /// Hands out `size` uninitialised bytes, aligned to `alignment`, any power of two.
  ///
  /// Packing is exact: Len() grows by `size` and the padding this call needed. Alloc(0) returns an
  /// aligned pointer that is not null and changes nothing. O(1), amortised over the buffers of the
  /// arena. The memory lives until Reset, Release, the end of the scope it was made in, or the
  /// arena's end.
  ///
  /// Throws std::bad_alloc when the alignment is no power of two, the size is over PTRDIFF_MAX, a
  /// limit is reached or upstream fails; Len, Peak and every earlier allocation are as before, and
  /// so is Cap unless the arena freed spares to stay below a limit.
  ARENA_ALWAYS_INLINE void* Alloc(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t)) ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.Bump(size, alignment, &block)) [[likely]]
      return block;
    return AllocSlow(this, size, alignment);
  }

  /// Alloc that returns nullptr where Alloc throws.
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAlloc(
      std::size_t size,
      std::size_t alignment = alignof(std::max_align_t)) noexcept ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.Bump(size, alignment, &block)) [[likely]]
      return block;
    return TryAllocSlow(this, size, alignment);
  }

  /// Resizes, in place, the last allocation of the window from `old_size` to `new_size` bytes; 0
  /// gives the whole block back.
  ///
  /// `old_size` is what was asked for when the block was allocated or last resized. Answers false,
  /// and changes nothing, when the block is not the last one, was handed out before the innermost
  /// open scope, is of size 0, or when the room does not suffice. Shrinking gives back bytes of the
  /// block, never the padding before it; Peak() keeps the old height. O(1).
  bool TryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    if (block == nullptr || old_size == 0 || new_size > detail::kMaxSize - detail::kRedzone)
      return false;
    return DoTryResize(block, old_size, new_size);
  }

  /// Runs the cleanups, newest first, forgets every allocation and retains the memory for the next
  /// round.
  ///
  /// The cleanups run on the calling thread before any memory is reused. They may allocate,
  /// deallocate and register; what they register runs too. Calling Reset or Release of an arena
  /// from one of its own cleanups, or while a scope is open, ends the program with a message.
  void Reset() noexcept { DoClear(Retention::kRetain); }

  /// Resets, then frees the memory: returns it upstream. The arena is empty and usable afterwards.
  void Release() noexcept { DoClear(Retention::kFree); }

  /// Bytes handed out since the last Reset: the sizes and the alignment padding between them.
  virtual std::size_t Len() const noexcept = 0;

  /// Usable bytes held from upstream, or from the caller.
  virtual std::size_t Cap() const noexcept = 0;

  /// The highest Len() ever; survives Reset and Release.
  virtual std::size_t Peak() const noexcept = 0;

  // ---- For code that constructs objects in an arena itself; allocate.hpp is built on these ------

  /// Alloc for a size, not 0, and an alignment that are known at compile time.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE void* AllocFixed() ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return AllocSlowFixed<kSize, kAlignment>(this);
  }

  /// AllocFixed that returns nullptr where AllocFixed throws.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAllocFixed() noexcept ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return TryAllocSlow(this, kSize, kAlignment);
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record.
  /// O(1).
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddCleanup(Cleanup cleanup) noexcept {
    if (window_.PushCleanup(cleanup)) [[likely]]
      return true;
    return DoAddCleanup(cleanup);
  }

  /// Registers the destructor of an object in this arena's memory, as AddCleanup does. Objects of
  /// one type that lie side by side share a record. O(1).
  template <class T>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddDestructor(T* object) noexcept {
    constexpr const detail::Destructor& type = detail::kDestructor<T>;
    if (window_.PushObject(type, object)) [[likely]]
      return true;
    return DoAddDestructor(type, object);
  }

  /// Forgets the newest cleanup if it is that of `object`; false, with nothing changed, when not.
  /// (An arena with several windows may answer false for one that has become the newest because all
  /// that a later window had were dropped.)
  bool DropCleanup(const void* object) noexcept {
    Cleanup dropped;
    return object != nullptr && DoTakeCleanup(&dropped, object);
  }

  /// Names what ends the memory that is handed out now: the innermost open scope, or without one
  /// the arena. While both live, memory with the same answer ends at the same time.
  const void* Scope() const noexcept { return DoScope(); }

  /// The position of the window's cursor. Undo needs that of before an allocation, to take back the
  /// padding, too.
  detail::Address Position() const noexcept { return window_.position(); }

  /// Takes back a block of `size` bytes that was allocated at `position`, if it is the window's
  /// last and nothing was allocated since. Len() is then what it was; Peak() and Cap() may have
  /// grown.
  ARENA_COLD void Undo(detail::Address position, void* block, std::size_t size) noexcept {
    if (TryResize(block, size, 0)) window_.UndoPadding(position, block);
  }

 protected:
  /// What Reset and Release do with the memory once every cleanup has run.
  enum class Retention { kRetain, kFree };

  Arena() = default;

  /// Serves a request that the window does not.
  ///
  /// Called with size >= 1, a power of two as alignment, and size + alignment - 1 <= PTRDIFF_MAX.
  /// Returns nullptr when the request cannot be met, with all figures as before (Cap may fall where
  /// a limit is in the way). May move the window with SetWindow and then call AllocFromWindow.
  virtual void* DoAlloc(std::size_t size, std::size_t alignment) noexcept = 0;

  /// TryResize, for a block that is not null, an old size that is not 0 and a new size of at most
  /// PTRDIFF_MAX. By default it works on the window.
  virtual bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    return window_.Resize(block, old_size, new_size);
  }

  /// Forgets every allocation and retains the memory. Called when no cleanup is left.
  virtual void DoReset() noexcept = 0;

  /// Forgets every allocation and frees the memory. Called when no cleanup is left.
  virtual void DoRelease() noexcept = 0;

  /// All of Reset or Release: runs the cleanups, then calls DoReset or DoRelease.
  ///
  /// By default it runs those at the window, then takes and runs those that the arena has
  /// elsewhere. A decorator that threads share overrides it: the check for recursion is a plain
  /// flag.
  virtual void DoClear(Retention retention) noexcept {
    if (HasWindowCleanups()) RunWindowCleanups();
    clearing_ = true;
    Cleanup cleanup;
    while (DoTakeCleanup(&cleanup, nullptr)) cleanup.run(cleanup.object);
    clearing_ = false;
    retention == Retention::kRetain ? DoReset() : DoRelease();
    window_.FreeAllOnHeap();
  }

  /// For a DoClear: whether RunWindowCleanups has something to run, or to complain about.
  bool HasWindowCleanups() const noexcept { return window_.HasRecords() || clearing_; }

  /// For a DoClear: runs the cleanups at the window, newest first. Ends the program when it is
  /// called from one of them.
  ARENA_NOINLINE void RunWindowCleanups() noexcept {
    if (clearing_) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    clearing_ = true;
    window_.RunCleanups();
    clearing_ = false;
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record.
  ///
  /// By default records go to the end of the window, 16 bytes each, and for an arena without one
  /// into blocks of 16 records obtained from DoAlloc.
  virtual bool DoAddCleanup(Cleanup cleanup) noexcept {
    if (window_.PushIntoSegment(cleanup) || window_.OpenSegment(cleanup)) return true;
    using Records = detail::CleanupRecords;
    for (const std::size_t count : {Records::kRecordsPerSegment, std::size_t{1}}) {
      if (void* const block = DoAlloc(Records::SegmentSize(count), Records::kRecordSize)) {
        window_.OpenSegmentIn(block, count, cleanup);
        return true;
      }
    }
    return false;
  }

  /// Registers the destructor of an object that the window could not. By default as a cleanup like
  /// others, or as the second object of a record that neighbours share; an arena whose windows are
  /// elsewhere can let them share one there.
  ARENA_NOINLINE virtual bool DoAddDestructor(const detail::Destructor& type,
                                              void* object) noexcept {
    return window_.StartRun(type, object) || DoAddCleanup({type.one, object});
  }

  /// Takes the newest cleanup off the arena without running it; false when none is left. With
  /// `only`, takes it only if it belongs to that object.
  virtual bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return window_.TakeCleanup(cleanup, only);
  }

  /// Names what ends the memory that is handed out now: the innermost open scope, or without one
  /// the arena. A decorator answers as its base.
  virtual const void* DoScope() const noexcept { return this; }

  /// A container returned a block. Called in instrumented builds only, to mark it as free.
  virtual void DoMarkDeallocated(void*, std::size_t) noexcept {}

  /// Makes [begin, end) the window. Cleanups that were registered before keep their place.
  ///
  /// The last 1 to 15 bytes of an end that is not a multiple of 16 are left out. Both null: no
  /// window. To come back to a window that was left, pass the WindowCursor() and the WindowLimit()
  /// it had then: what lies behind that limit is records. Under AddressSanitizer the window is as
  /// poisoned as it was.
  void SetWindow(void* begin, void* end) noexcept { window_.Set(begin, end); }

  /// Serves a request from the window if that suffices, or returns nullptr: for the end of DoAlloc.
  void* AllocFromWindow(std::size_t size, std::size_t alignment) noexcept {
    return window_.BumpAfterMove(size, alignment);
  }

  /// Where the next allocation starts, before its padding: window bytes in use are `cursor -
  /// begin`.
  std::byte* WindowCursor() const noexcept { return window_.cursor(); }

  /// One past the last byte that an allocation may take: between it and the end lie cleanup
  /// records.
  std::byte* WindowLimit() const noexcept { return window_.limit(); }

  /// @{
  /// The window itself, for arenas whose scopes or threads save and restore it.
  detail::Window& window() noexcept { return window_; }
  const detail::Window& window() const noexcept { return window_; }
  /// @}

 private:
  friend class ArenaDecorator;  // calls the hooks of its base

  ARENA_COLD static void* TryAllocSlow(Arena* self, std::size_t size,
                                       std::size_t alignment) noexcept {
    std::size_t reach;
    if (!detail::IsPowerOfTwo(alignment) || !detail::AddSizes(size, alignment - 1, &reach) ||
        !detail::AddSizes(reach, detail::kRedzone, &reach)) {
      return nullptr;
    }
    // Never dereferenced and never freed: any aligned address that is not null will do.
    if (size == 0) return reinterpret_cast<void*>(alignment);
    return self->DoAlloc(size, alignment);
  }

  ARENA_COLD static void* AllocSlow(Arena* self, std::size_t size, std::size_t alignment) {
    void* block = TryAllocSlow(self, size, alignment);
    if (block == nullptr) detail::ThrowBadAlloc();
    return block;
  }

  // AllocSlow with its arguments inside: the caller then has fewer registers to save for a path
  // that it almost never takes. What TryAllocSlow checks is known at compile time, so DoAlloc,
  // which is the fast path of arenas without a window, is called directly.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_COLD static void* AllocSlowFixed(Arena* self) {
    constexpr std::size_t kRest = detail::kMaxSize - detail::kRedzone;
    if constexpr (kSize <= kRest && kAlignment - 1 <= kRest - kSize) {
      void* const block = self->DoAlloc(kSize, kAlignment);
      if (block == nullptr) detail::ThrowBadAlloc();
      return block;
    } else {
      return AllocSlow(self, kSize, kAlignment);
    }
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) final {
    return Alloc(bytes == 0 ? 1 : bytes, alignment);
  }

  void do_deallocate(void* block, ARENA_MAYBE_UNUSED std::size_t bytes, std::size_t) final {
    if constexpr (detail::kHearsDeallocate) DoMarkDeallocated(block, bytes == 0 ? 1 : bytes);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept final {
    return this == &other;
  }

  detail::Window window_{};
  bool clearing_ = false;  // a Reset or Release is running the cleanups
};

namespace detail {

// Grows the arena's newest allocation in place, if that is the one at `start`: behind its first `front`
// bytes it has `capacity` units of `unit` bytes, and gets `wanted` of them, or fewer, at least `need`,
// where there is less room. Returns how many; 0, with nothing changed, when it cannot grow.
inline std::size_t ExtendInPlace(Arena& arena, void* start, std::size_t front, std::size_t unit,
                                 std::size_t capacity, std::size_t need,
                                 std::size_t wanted) noexcept {
  const std::size_t old_bytes = front + capacity * unit;
  if (!arena.TryResize(start, old_bytes, old_bytes)) return 0;
  for (std::size_t target = wanted;; target = MaxOf(need, capacity + (target - capacity) / 2)) {
    std::size_t bytes;
    if (MultiplySizes(target, unit, &bytes) && AddSizes(bytes, front, &bytes) &&
        arena.TryResize(start, old_bytes, bytes)) {
      return target;
    }
    if (target == need) return 0;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_INTERFACE_HPP
