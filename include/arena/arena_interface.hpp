// SPDX-License-Identifier: Apache-2.0
//
// class Arena: the one interface that everything else in the library takes.
//
// An Arena holds a window of memory and hands out pieces of it by moving a cursor, inline and
// without a virtual call. Only when the window does not suffice does a virtual function run:
//
//        handed out       free        cleanup records
//     +---------------+-----------+------------------+
//     |xxxxxxxxxxxxxxx|           | newest .. oldest |
//     +---------------+-----------+------------------+
//     ^ floor         ^ cursor    ^ limit
//
// To write an arena of your own, derive from Arena and implement the six pure virtual functions;
// examples/custom_arena.cpp is a whole one. Typed allocation, destructors, slices, buffers and
// std::pmr containers work on it as they are.
#ifndef ARENA_ARENA_INTERFACE_HPP
#define ARENA_ARENA_INTERFACE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/bump.hpp"
#include "detail/core/cleanup_records.hpp"
#include "detail/core/sanitizer.hpp"
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
  Arena(const Arena&) = ARENA_DELETE("arena: an arena stays where it is: pass Arena&");
  Arena& operator=(const Arena&) = ARENA_DELETE("arena: an arena stays where it is: pass Arena&");

  /// Hands out `size` uninitialised bytes, aligned to `alignment`, any power of two.
  ///
  /// Packing is exact: Len() grows by `size` and the padding this call needed. Alloc(0) returns an
  /// aligned pointer that is not null and changes nothing. O(1), amortised over the buffers of the
  /// arena. The memory lives until Reset, Release, the end of the scope it was made in, or the
  /// arena's end.
  ///
  /// Throws std::bad_alloc when the alignment is no power of two, the size is over PTRDIFF_MAX, a
  /// limit is reached or upstream fails; Len, Cap, Peak and every earlier allocation are as before.
  ARENA_ALWAYS_INLINE void* Alloc(std::size_t size,
                                  std::size_t alignment = alignof(std::max_align_t)) {
    void* block;
    if (Bump(size, alignment, &block)) [[likely]]
      return block;
    return AllocSlow(this, size, alignment);
  }

  /// Alloc that returns nullptr where Alloc throws.
  [[nodiscard]] ARENA_ALWAYS_INLINE void* TryAlloc(std::size_t size,
                                     std::size_t alignment = alignof(std::max_align_t)) noexcept {
    void* block;
    if (Bump(size, alignment, &block)) [[likely]]
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

  /// Runs the cleanups, newest first, forgets every allocation and keeps the memory for the next
  /// round.
  ///
  /// The cleanups run on the calling thread before any memory is reused. They may allocate,
  /// deallocate and register; what they register runs too. Calling Reset or Release of an arena
  /// from one of its own cleanups, or while a scope is open, ends the program with a message.
  void Reset() noexcept { DoForget(Memory::kKeep); }

  /// Resets, then gives the memory back upstream; the arena is empty and usable afterwards.
  void Release() noexcept { DoForget(Memory::kGiveBack); }

  /// Bytes handed out since the last Reset: the sizes and the alignment padding between them.
  virtual std::size_t Len() const noexcept = 0;

  /// Usable bytes held from upstream, or from the caller.
  virtual std::size_t Cap() const noexcept = 0;

  /// The highest Len() ever; survives Reset and Release.
  virtual std::size_t Peak() const noexcept = 0;

 protected:
  /// What becomes of the memory once every cleanup has run.
  enum class Memory { kKeep, kGiveBack };

  Arena() = default;

  /// A class that owns memory calls Release() in its own destructor: here it is too late for that.
  ~Arena() override {
    ARENA_ASSERT(records_.newest() == Address{} &&
                 "an arena died with cleanups left: call Release() in its destructor");
  }

  /// Serves a request that the window does not.
  ///
  /// Called with size >= 1, a power of two as alignment, and size + alignment - 1 <= PTRDIFF_MAX.
  /// Returns nullptr when the request cannot be met, with all figures as before. May move the
  /// window with SetWindow and then call TryAlloc.
  virtual void* DoAlloc(std::size_t size, std::size_t alignment) noexcept = 0;

  /// TryResize, with a block that is not null, an old size that is not 0 and a new size that is
  /// sane. By default it works on the window.
  virtual bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    const std::uintptr_t cursor = Cursor();
    if (start < static_cast<std::uintptr_t>(floor_) || start > cursor) return false;
    if (old_size > detail::kMaxSize || cursor - start != old_size + detail::kRedzone) return false;
    if (new_size == 0) {
      MoveCursor(start);
      return true;
    }
    if (new_size + detail::kRedzone > Limit() - start) return false;
    MoveCursor(start + new_size + detail::kRedzone);
    if (new_size > old_size) {
      detail::MarkAllocated(static_cast<std::byte*>(block) + old_size, new_size - old_size);
    }
    return true;
  }

  /// Forgets every allocation and keeps the memory. Called when no cleanup is left.
  virtual void DoReset() noexcept = 0;

  /// Forgets every allocation and gives the memory back. Called when no cleanup is left.
  virtual void DoRelease() noexcept = 0;

  /// All of Reset or Release: takes and runs one cleanup after the other, then calls DoReset or
  /// DoRelease. A decorator that is shared by threads overrides it: the check for recursion is a
  /// plain flag.
  virtual void DoForget(Memory memory) noexcept {
    if (forgetting_) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    forgetting_ = true;
    Cleanup cleanup;
    while (DoTakeCleanup(&cleanup, nullptr)) cleanup.run(cleanup.object);
    if (memory == Memory::kKeep) {
      DoReset();
    } else {
      DoRelease();
    }
    forgetting_ = false;
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record.
  ///
  /// By default records go to the end of the window, 16 bytes each, and for an arena without one
  /// into blocks of 16 records obtained from DoAlloc.
  virtual bool DoAddCleanup(Cleanup cleanup) noexcept {
    if (records_.HasRoom()) {
      records_.PushIntoRoom(cleanup);
      return true;
    }
    if (records_.newest() != limit_ && AddCleanupInWindow(cleanup)) return true;
    return AddCleanupElsewhere(cleanup);
  }

  /// Takes the newest cleanup off the arena without running it; false when none is left. With
  /// `only`, takes it just when it belongs to that object.
  virtual bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return PopRecord(Address{}, cleanup, only);
  }

  /// A container gave a block back. Called in instrumented builds only, to mark it as free.
  virtual void DoMarkDeallocated(void*, std::size_t) noexcept {}

  /// Makes [begin, end) the window. Cleanups that were registered before keep their place.
  ///
  /// The last 1 to 15 bytes of an end that is not a multiple of 16 are left out. Both null: no
  /// window. To come back to a window that was left, pass the WindowCursor() and the WindowLimit()
  /// it had then: what lies behind that limit is records. Under AddressSanitizer the window is as
  /// poisoned as it was.
  void SetWindow(void* begin, void* end) noexcept {
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    auto last = detail::AlignDown(reinterpret_cast<std::uintptr_t>(end), detail::kGranule);
    // Records that lie in the new window stay behind its end.
    const auto newest = static_cast<std::uintptr_t>(records_.newest());
    if (newest >= first && newest < last) last = newest;
    MoveCursor(first);
    floor_ = Address{first};
    limit_ = Address{last < first ? first : last};
  }

  /// Serves a request from the window if that suffices, or returns nullptr: for the end of DoAlloc.
  void* AllocFromWindow(std::size_t size, std::size_t alignment) noexcept {
    fresh_ = last_;
    void* block;
    if (Bump(size, alignment, &block)) return block;
    return detail::kRedzone != 0 ? BumpWithoutRedzone(size, alignment) : nullptr;
  }

  /// Where the next allocation starts, before its padding: window bytes in use are `cursor -
  /// begin`.
  std::byte* WindowCursor() const noexcept { return reinterpret_cast<std::byte*>(Cursor()); }

  /// One past the last byte that an allocation may take: between it and the end lie cleanup
  /// records.
  std::byte* WindowLimit() const noexcept { return reinterpret_cast<std::byte*>(limit_); }

  // A decorator's hooks reach those of the arena behind it through these.
  static bool AddCleanupTo(Arena& arena, Cleanup cleanup) noexcept {
    return arena.AddCleanup(cleanup);
  }
  static bool TakeCleanupOf(Arena& arena, Cleanup* cleanup, const void* only) noexcept {
    return arena.DoTakeCleanup(cleanup, only);
  }
  static void ResetMemoryOf(Arena& arena) noexcept { arena.DoReset(); }
  static void ReleaseMemoryOf(Arena& arena) noexcept { arena.DoRelease(); }
  static void MarkDeallocatedIn(Arena& arena, void* block, std::size_t size) noexcept {
    arena.DoMarkDeallocated(block, size);
  }

 private:
  friend struct detail::ArenaAccess;

  using Address = detail::Address;
  using Records = detail::CleanupRecords;

  // The next free byte; 0 without a window.
  std::uintptr_t Cursor() const noexcept { return Last() + 1; }
  std::uintptr_t Limit() const noexcept { return static_cast<std::uintptr_t>(limit_); }
  std::size_t Room() const noexcept { return Limit() - Cursor(); }
  void MoveCursor(std::uintptr_t cursor) noexcept { last_ = Address{cursor - 1}; }
  std::uintptr_t Last() const noexcept { return static_cast<std::uintptr_t>(last_); }

  // Makes the piece the newest allocation of the window.
  ARENA_ALWAYS_INLINE void* Take(const detail::Piece& piece, std::size_t size) noexcept {
    last_ = Address{piece.last};
    void* const block = reinterpret_cast<void*>(piece.start);
    detail::MarkAllocated(block, size);
    return block;
  }

  ARENA_ALWAYS_INLINE bool Bump(std::size_t size, std::size_t alignment, void** block) noexcept {
    detail::Piece piece;
    const std::uintptr_t last = detail::ToBeAligned(Last(), alignment);
    if (!detail::Bump(last, Limit(), size, alignment, &piece)) return false;
    *block = Take(piece, size);
    return true;
  }

  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE bool BumpFixed(void** block) noexcept {
    detail::Piece piece;
    if (!detail::BumpFixed<kSize, kAlignment>(Last(), Limit(), &piece)) return false;
    *block = Take(piece, kSize);
    return true;
  }

  // A custom arena that made its window for just this request has no room for a red zone.
  void* BumpWithoutRedzone(std::size_t size, std::size_t alignment) noexcept {
    const std::uintptr_t start = detail::AlignUp(Cursor(), alignment);
    if (start < Cursor() || start > Limit() || size > Limit() - start) return nullptr;
    return Take({start, start + size - 1}, size);
  }

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
  // that it almost never takes.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_COLD static void* AllocSlowFixed(Arena* self) {
    return AllocSlow(self, kSize, kAlignment);
  }

  ARENA_ALWAYS_INLINE bool AddCleanup(Cleanup cleanup) noexcept {
    // The room is one less than this difference.
    if (records_.newest() == limit_ && Limit() - Last() > Records::kRecordSize) [[likely]] {
      limit_ = Address{Limit() - Records::kRecordSize};
      records_.Push(cleanup);
      return true;
    }
    return AddCleanupSlow(this, cleanup);
  }

  ARENA_COLD static bool AddCleanupSlow(Arena* self, Cleanup cleanup) noexcept {
    return self->DoAddCleanup(cleanup);
  }

  // Opens a segment at the end of the window; false when it has no room for a link and a record.
  bool AddCleanupInWindow(Cleanup cleanup) noexcept {
    if (Room() < Records::SegmentSize(1)) return false;
    const Address end = limit_;
    limit_ = Address{Limit() - Records::SegmentSize(1)};
    records_.OpenSegment(end, 1, cleanup);
    return true;
  }

  // Opens a segment in a block that is allocated like any other.
  bool AddCleanupElsewhere(Cleanup cleanup) noexcept {
    for (const std::size_t count : {Records::kRecordsPerSegment, std::size_t{1}}) {
      const std::size_t size = Records::SegmentSize(count);
      if (void* const segment = DoAlloc(size, detail::kGranule)) {
        const auto end = reinterpret_cast<std::uintptr_t>(segment) + size;
        records_.OpenSegment(Address{end}, count, cleanup);
        return true;
      }
    }
    return false;
  }

  bool PopRecord(Address mark, Cleanup* cleanup, const void* only) noexcept {
    return records_.Pop(mark, &limit_, cleanup, only);
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) final {
    return Alloc(bytes == 0 ? 1 : bytes, alignment);
  }

  void do_deallocate(void* block, [[maybe_unused]] std::size_t bytes, std::size_t) final {
    if constexpr (detail::kInstrumented) DoMarkDeallocated(block, bytes == 0 ? 1 : bytes);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept final {
    return this == &other;
  }

  // The cursor less one, which is what the bump works on: floor_ - 1 <= last_ < limit_, or one less
  // than limit_ 0.
  Address last_{~std::uintptr_t{0}};
  Address limit_{};  // one past the last free byte; a multiple of kGranule, or the cursor
  Address floor_{};  // start of the window or of the innermost scope, whichever is later: nothing
                     // below it is resized in place
  Records records_;  // of the cleanups; those in the window lie behind limit_
  Address fresh_{};  // last_ before the last allocation through AllocFromWindow
  bool forgetting_ = false;  // the cleanups of a Reset or Release are running
};

ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_INTERFACE_HPP
