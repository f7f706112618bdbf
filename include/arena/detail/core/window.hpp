// SPDX-License-Identifier: Apache-2.0
//
// The window: the stretch of memory that an arena is handing out, and its cleanup records.
//
//        handed out       free        records
//     +---------------+-----------+------------------+
//     |xxxxxxxxxxxxxxx|           | newest .. oldest |
//     +---------------+-----------+------------------+
//     ^ rewind bound  ^ cursor    ^ limit
//
// Everything that is done with these is a member of this class; nothing else knows how they are
// kept. It owns no memory (but with ARENA_HEAP=1: heap_blocks.hpp), calls nothing but cleanups, and works
// without an arena.
#ifndef ARENA_DETAIL_CORE_WINDOW_HPP
#define ARENA_DETAIL_CORE_WINDOW_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../../config.hpp"
#include "align.hpp"
#include "assert.hpp"
#include "bump.hpp"
#include "cleanup_records.hpp"
#include "heap_blocks.hpp"
#include "sanitizer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class Window : private HeapBlocks {
 public:
  // Where a window stood; for Rewind. Of use as long as the window's memory is there.
  class Mark {
   public:
    // Where the cursor stood.
    std::byte* cursor() const noexcept { return reinterpret_cast<std::byte*>(last_used_ + 1); }

   private:
    friend class Window;
    Address last_used_{}, limit_{}, rewind_bound_{}, newest_record_{};
  };

  // ---- the memory --------------------------------------------------------------------------------

  // Makes [begin, end) the window; both null: there is none. Cleanups that were registered before keep
  // their place. The last 1 to 15 bytes of an end that is no multiple of kGranule are left out.
  void Set(void* begin, void* end) noexcept {
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    auto limit = AlignDown(reinterpret_cast<std::uintptr_t>(end), kGranule);
    // Records that lie in the new window stay behind its limit.
    const auto newest = static_cast<std::uintptr_t>(records_.newest());
    if (newest >= first && newest < limit) limit = newest;
    MoveCursor(first);
    rewind_bound_ = Address{first};
    limit_ = Address{limit < first ? first : limit};
  }

  // Forgets what was handed out since the rewind bound. When no scope is open and no record is left,
  // the window is then as it was made.
  void Restart() noexcept {
    ARENA_ASSERT(!HasRecords());
    MoveCursor(static_cast<std::uintptr_t>(rewind_bound_));
  }

  // Set for an arena without a cleanup and an end that is a multiple of kGranule.
  void Restart(std::byte* begin, std::byte* end) noexcept {
    rewind_bound_ = Address{reinterpret_cast<std::uintptr_t>(begin)};
    limit_ = Address{reinterpret_cast<std::uintptr_t>(end)};
    MoveCursor(static_cast<std::uintptr_t>(rewind_bound_));
  }

  // The next free byte; null without a window.
  std::byte* cursor() const noexcept { return reinterpret_cast<std::byte*>(Cursor()); }

  // One past the last byte that an allocation may take: behind it lie records.
  std::byte* limit() const noexcept { return reinterpret_cast<std::byte*>(limit_); }

  std::size_t Room() const noexcept { return Limit() - Cursor(); }

  // ---- the bump ----------------------------------------------------------------------------------

  // Hands out `size` bytes; false, with nothing changed, when the window does not suffice, the size
  // is 0 or the alignment no power of two.
  ARENA_ALWAYS_INLINE bool Bump(std::size_t size, std::size_t alignment, void** block) noexcept {
    Piece piece;
    const std::uintptr_t last = ToBeAligned(LastUsed(), alignment);
    if (!detail::Bump(last, Limit(), size, alignment, &piece)) return false;
    *block = Commit(piece, size, alignment);
    return true;
  }

  // Bump for a size that is not 0 and an alignment that is a power of two.
  ARENA_ALWAYS_INLINE bool BumpChecked(std::size_t size, std::size_t alignment,
                                       void** block) noexcept {
    Piece piece;
    const std::uintptr_t last = ToBeAligned(LastUsed(), alignment);
    if (!detail::BumpChecked(last, Limit(), size, alignment, &piece)) [[unlikely]]
      return false;
    *block = Commit(piece, size, alignment);
    return true;
  }

  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE bool BumpFixed(void** block) noexcept {
    Piece piece;
    if (!detail::BumpFixed<kSize, kAlignment>(LastUsed(), Limit(), &piece)) return false;
    *block = Commit(piece, kSize, kAlignment);
    return true;
  }

  // Bump for the slow path, right after the window was moved. There the red zone is left out if it
  // does not fit: an arena may have made its window for just this request. Null when the request
  // does not fit.
  void* BumpAfterMove(std::size_t size, std::size_t alignment) noexcept {
    entered_at_ = last_used_;
    void* block;
    if (Bump(size, alignment, &block)) return block;
    if constexpr (kRedzone == 0) return nullptr;
    const std::uintptr_t start = AlignUp(Cursor(), alignment);
    if (start < Cursor() || start > Limit() || size > Limit() - start) return nullptr;
    return Commit({start, start + size - 1}, size, alignment);
  }

  // Resizes the last allocation in place. False, with nothing changed, when the block is not the
  // last, lies below the rewind bound, or the room does not suffice.
  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    void* const piece = PieceOf(block);
    if (piece != block && new_size > old_size) return false;  // a block of the heap cannot grow
    const auto start = reinterpret_cast<std::uintptr_t>(piece);
    const std::uintptr_t cursor = Cursor();
    if (start < static_cast<std::uintptr_t>(rewind_bound_) || start > cursor) return false;
    if (old_size > kMaxSize || cursor - start != old_size + kRedzone) return false;
    if (new_size == 0) {
      MoveCursor(start);
      FreeOnHeap(block);
      return true;
    }
    if (new_size + kRedzone > Limit() - start) return false;
    MoveCursor(start + new_size + kRedzone);
    if (new_size > old_size) {
      MarkAllocated(static_cast<std::byte*>(block) + old_size, new_size - old_size);
    }
    return true;
  }

  // Marks what a Resize has cut off as free, for an arena that marks its memory.
  static void MarkCutOff(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    if (kHeap && new_size == 0) return;  // it may be somebody else's by now
    // The red zone behind it, too: a block that shared its last granule may have unmarked that.
    const std::size_t redzone = kHeap ? 0 : kRedzone;
    MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size + redzone);
  }

  // Where the bump stands, as it is at hand before an allocation; for UndoPadding.
  Address position() const noexcept { return last_used_; }

  // Takes back the padding before a block that was allocated at `position` and was just resized to
  // nothing. If the window moved for that block, the padding in the new window.
  void UndoPadding(Address position, const void* block) noexcept {
    if (!kHeap && Cursor() != reinterpret_cast<std::uintptr_t>(block)) return;
    // So it is in an arena without a window, which threads may share: nothing is written there.
    if (position == last_used_) return;
    const auto in_window = [this](Address last_used) {
      const Address cursor = last_used + 1;
      return cursor >= rewind_bound_ && cursor <= last_used_ + 1;
    };
    if (in_window(position)) {
      last_used_ = position;
    } else if (in_window(entered_at_)) {
      last_used_ = entered_at_;
    }
  }

  // ---- an end that moves -----------------------------------------------------------------------

  // Adjusts a mark, perhaps one of another window, to the MoveEnd that follows.
  ARENA_WRAPS void AdjustMark(Mark& mark, const std::byte* end,
                              const std::byte* new_end) const noexcept {
    const auto move = [&](Address& address) {
      const auto place = static_cast<std::uintptr_t>(address);
      const auto old_end = reinterpret_cast<std::uintptr_t>(end);
      if (place < Limit() || place > old_end) return;
      address = Address{reinterpret_cast<std::uintptr_t>(new_end) - (old_end - place)};
    };
    move(mark.limit_);
    move(mark.newest_record_);
  }

  // Moves the end of the window's memory, and its records along. All memory up to the farther end is
  // usable. Whoever holds a mark of this window has adjusted it.
  ARENA_WRAPS void MoveEnd(std::byte* end, std::byte* new_end) noexcept {
    std::byte* const old_limit = limit();
    const auto bytes = static_cast<std::size_t>(end - old_limit);
    std::byte* const new_limit = new_end - bytes;
    ARENA_ASSERT(new_limit >= cursor() && (bytes == 0 || records_.newest() == limit_));
    // Not more than what was free: the records may move by less than they take.
    if (new_end > end) {
      MarkAllocated(end, static_cast<std::size_t>(new_end - end));
    } else {
      MarkAllocated(new_limit, static_cast<std::size_t>(old_limit - new_limit));
    }
    if (bytes != 0) {
      std::memmove(new_limit, old_limit, bytes);
      records_.MoveNewest(Address{reinterpret_cast<std::uintptr_t>(new_limit)});
    }
    limit_ = Address{reinterpret_cast<std::uintptr_t>(new_limit)};
    if (new_end > end) MarkFree(old_limit, static_cast<std::size_t>(new_limit - old_limit));
  }

  // ---- scopes ------------------------------------------------------------------------------------

  // Remembers where the window stands. What was handed out before can no longer be resized, and what
  // is registered from now on makes records of its own.
  Mark MarkHere() noexcept {
    Mark mark;
    mark.last_used_ = last_used_;
    mark.limit_ = limit_;
    mark.rewind_bound_ = rewind_bound_;
    mark.newest_record_ = records_.newest();
    records_.Close();
    MarkOnHeap();
    rewind_bound_ = Address{Cursor()};
    return mark;
  }

  bool HasRecordsSince(const Mark& mark) const noexcept {
    return records_.newest() != mark.newest_record_;
  }

  // Runs the cleanups registered since the mark, newest first, and those that they register.
  void RunCleanupsSince(const Mark& mark) noexcept {
    records_.RunUntil(mark.newest_record_, &limit_);
  }

  // Forgets what was handed out since the mark, whose cleanups have run.
  void Rewind(const Mark& mark) noexcept {
    ARENA_ASSERT(records_.newest() == mark.newest_record_);
    last_used_ = mark.last_used_;
    limit_ = mark.limit_;
    rewind_bound_ = mark.rewind_bound_;
    RewindOnHeap();
    MarkFree(cursor(), Room());
  }

  // ---- ARENA_HEAP=1: for an arena that resets, or hands out memory beside the window ---------------

  using HeapBlocks::DeallocateOnHeap;
  using HeapBlocks::FreeAllOnHeap;
  using HeapBlocks::OnHeap;
  using HeapBlocks::OwnsOnHeap;

  // ---- cleanups ----------------------------------------------------------------------------------

  // Whether there is a record, or the link of a segment whose records were all taken.
  bool HasRecords() const noexcept { return !records_.empty(); }

  // Registers the destructor of an object that was just allocated, with the newest record if that is
  // the run before it, else in the segment at the window's end; false, with nothing changed, when
  // there is no such segment or no room, or when StartRun is to try. Makes no call, so that who
  // inlines it needs no frame for one.
  ARENA_ALWAYS_INLINE bool PushObject(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (records_.MayContinue(type)) [[likely]] {
      if (records_.Continue(type, place)) [[likely]]
        return true;
      if (records_.MayStartRun(type, place)) return false;
    }
    if (!TakeRecordRoom()) return false;
    records_.PushObject(type, object);
    return true;
  }

  // For an object that PushObject refused: makes one record of it and of its neighbour if the newest
  // record is that of the neighbour alone; false, with nothing changed, if it is not or lacks room.
  bool StartRun(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (!records_.MayContinue(type) || !records_.MayStartRun(type, place)) return false;
    if (!TakeRecordRoom()) return false;
    records_.StartRun(type, place);
    return true;
  }

  // Registers a cleanup in the segment at the window's end; false when there is none or no room.
  ARENA_ALWAYS_INLINE bool PushCleanup(const Cleanup& cleanup) noexcept {
    if (!TakeRecordRoom()) return false;
    records_.Push(cleanup);
    return true;
  }

  // Registers a cleanup in a segment outside the window; false when it has no room.
  bool PushIntoSegment(const Cleanup& cleanup) noexcept { return records_.PushIntoRoom(cleanup); }

  // Opens a segment at the window's end; false when there is no room for a link and a record.
  bool OpenSegment(const Cleanup& cleanup) noexcept {
    if (Room() < CleanupRecords::SegmentSize(1)) return false;
    const Address end = limit_;
    limit_ = limit_ - CleanupRecords::SegmentSize(1);
    records_.OpenSegment(end, 1, cleanup);
    return true;
  }

  // Opens a segment in the SegmentSize(records) bytes of a block outside the free part.
  void OpenSegmentIn(void* block, std::size_t records, const Cleanup& cleanup) noexcept {
    const Address begin{reinterpret_cast<std::uintptr_t>(block)};
    records_.OpenSegment(begin + CleanupRecords::SegmentSize(records), records, cleanup);
  }

  // Takes the newest cleanup without running it; false when none is left. With `only`, takes it just
  // when it belongs to that object.
  bool TakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return records_.Take(&limit_, cleanup, only);
  }

  // TakeCleanup, for an arena that marks its memory: the bytes of the record are free.
  bool TakeCleanupAndMark(Cleanup* cleanup, const void* only) noexcept {
    std::byte* const before = limit();
    const bool taken = TakeCleanup(cleanup, only);
    MarkFree(before, static_cast<std::size_t>(limit() - before));
    return taken;
  }

  // Runs all cleanups, newest first, and those that they register.
  void RunCleanups() noexcept { records_.RunUntil(Address{}, &limit_); }

 private:
  std::uintptr_t LastUsed() const noexcept { return static_cast<std::uintptr_t>(last_used_); }
  ARENA_WRAPS std::uintptr_t Cursor() const noexcept { return LastUsed() + 1; }
  std::uintptr_t Limit() const noexcept { return static_cast<std::uintptr_t>(limit_); }
  ARENA_WRAPS void MoveCursor(std::uintptr_t cursor) noexcept { last_used_ = Address{cursor - 1}; }

  // Makes the piece the last allocation.
  ARENA_ALWAYS_INLINE void* Commit(const Piece& piece, std::size_t size,
                                   std::size_t alignment) noexcept {
    last_used_ = Address{piece.last};
    void* const block = OnHeap(reinterpret_cast<void*>(piece.start), size, alignment);
    MarkAllocated(block, size);
    return block;
  }

  // Gives the segment at the window's end room for one record more.
  ARENA_WRAPS ARENA_ALWAYS_INLINE bool TakeRecordRoom() noexcept {
    // The room is one less than this difference. First what fails for an arena without a window.
    if (Limit() - LastUsed() <= CleanupRecords::kRecordSize || records_.newest() != limit_) {
      return false;
    }
    limit_ = limit_ - CleanupRecords::kRecordSize;
    return true;
  }

  // The last byte in use, cursor - 1: the form that the bump works on. Invariant: rewind_bound_ - 1
  // <= last_used_ < limit_; without a window limit_ is 0 and last_used_ the highest address.
  Address last_used_{~std::uintptr_t{0}};
  Address limit_{};           // a multiple of kGranule, or the cursor of a window without room
  Address rewind_bound_{};    // start of the window or of the innermost scope, whichever is later:
                              // nothing below it is resized in place
  Address entered_at_{};      // last_used_ before the last BumpAfterMove
  CleanupRecords records_{};  // those in the window lie behind limit_, the newest one at limit_
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_WINDOW_HPP
