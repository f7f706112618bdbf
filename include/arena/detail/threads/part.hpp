// SPDX-License-Identifier: Apache-2.0
//
// A part: what one thread has of a ThreadCachedArena. It is an arena whose windows lie in the
// base's memory, and it lies itself at the start of its first window.
//
//     +------+-----------------------------+--------+        +--------------------------+--------+
//     | part |           window            | unused |  ...   |          window          | unused |
//     +------+-----------------------------+--------+        +--------------------------+--------+
//
// The base owes each part one cleanup, End: whatever makes the base forget its memory ends the part
// before that. The last 16 bytes of a window stay unused, because an allocation that ended where
// the window does would be taken by the base for its own last block.
#ifndef ARENA_DETAIL_THREADS_PART_HPP
#define ARENA_DETAIL_THREADS_PART_HPP

#include <cstddef>
#include <cstdint>
#include <new>

#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/atomic_pointer.hpp"
#include "../core/cleanup_records.hpp"
#include "../core/sanitizer.hpp"
#include "../core/window.hpp"
#include "thread_cache.hpp"
#include "window_sizes.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Calls that take a mutex leave a mark while they last, for a Reset at the same time to find; in a
// debug build, one without optimisation, the short ones do so, too.
#if defined(NDEBUG) || defined(__OPTIMIZE__)
inline constexpr bool kMarksShortCalls = false;
#else
inline constexpr bool kMarksShortCalls = true;
#endif

// Owner is a BasicThreadCachedArena. "Locked" below means that its mutex is held. A thread of which
// a part is not has no business with it, apart from the functions that say so.
template <class Owner>
class Part final : public Arena {
 public:
  // Constructed at the start of its first window, a block of `size` bytes that the base counts as
  // `taken`.
  Part(Owner& owner, const ThreadCache& thread, const void* scope, std::size_t size,
       std::size_t taken) noexcept
      : owner_(&owner), thread_(&thread), scope_(scope) {
    auto* const block = reinterpret_cast<std::byte*>(this);
    Enter(block, block + AlignUp(sizeof(Part), kGranule), size, taken);
  }

  // What the first window must have: the part, and room for an object or two.
  static constexpr std::size_t MinSize() noexcept { return sizeof(Part) + 128; }

  // The base's cleanup. Runs those of the part, on the thread that makes the base forget its
  // memory.
  static void End(void* object) noexcept {
    Part* const part = static_cast<Part*>(object);
    part->FailIfInUse();
    if (part->owner_ != nullptr) part->owner_->StartToEnd();
    part->window().RunCleanups();
    part->Publish();
    if (part->owner_ != nullptr) part->owner_->RemovePart(*part);
    Destroy(*part);
  }

  // The windows become what they were when the base handed them out.
  static void Destroy(Part& part) noexcept {
    const WindowEnd* newest = part.newest_end_;
    part.~Part();
    if constexpr (kInstrumented) {
      while (newest != nullptr) {
        if constexpr (ARENA_ASAN != 0) MarkAllocated(newest, kGranule);
        const WindowEnd end = *newest;
        const auto* const last = reinterpret_cast<const std::byte*>(newest) + kGranule;
        MarkAllocated(end.begin, static_cast<std::size_t>(last - end.begin));
        newest = end.before;
      }
    }
  }

  // ---- calls through the ThreadCachedArena ------------------------------------------------------

  ARENA_ALWAYS_INLINE void* Bump(std::size_t size, std::size_t alignment) noexcept {
    const ShortCallMark mark(*this);
    void* block;
    if (!window().BumpChecked(size, alignment, &block)) [[unlikely]]
      return nullptr;
    Publish();
    return block;
  }

  ARENA_ALWAYS_INLINE bool PushCleanup(const Cleanup& cleanup) noexcept {
    const ShortCallMark mark(*this);
    if (!window().PushCleanup(cleanup)) [[unlikely]]
      return false;
    Publish();
    return true;
  }

  ARENA_ALWAYS_INLINE bool PushObject(const Destructor& type, void* object) noexcept {
    const ShortCallMark mark(*this);
    if (!window().PushObject(type, object)) [[unlikely]]
      return false;
    Publish();
    return true;
  }

  void* AllocSlowly(std::size_t size, std::size_t alignment) noexcept {
    // The window suffices when only the thread's cache did not know the part.
    if (void* const block = Bump(size, alignment)) return block;
    const CallMark mark(*this);
    return DoAlloc(size, alignment);
  }

  bool AddCleanupSlowly(const Cleanup& cleanup) noexcept {
    if (PushCleanup(cleanup)) return true;
    const CallMark mark(*this);
    const bool added = DoAddCleanup(cleanup);
    Publish();
    return added;
  }

  bool AddDestructorSlowly(const Destructor& type, void* object) noexcept {
    const CallMark mark(*this);
    const bool added = window().PushObject(type, object) || DoAddDestructor(type, object);
    Publish();
    return added;
  }

  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const ShortCallMark mark(*this);
    return DoTryResize(block, old_size, new_size);
  }

  // ARENA_HEAP=1: of a block that a container returned.
  bool DeallocateOnHeap(const void* block) noexcept { return window().DeallocateOnHeap(block); }

  // Takes the newest cleanup if it is that of `only`.
  bool TakeCleanupOf(Cleanup* cleanup, const void* only) noexcept {
    const ShortCallMark mark(*this);
    const bool taken = DoTakeCleanup(cleanup, only);
    Publish();
    return taken;
  }

  // ---- handles ----------------------------------------------------------------------------------

  void Hold() noexcept { ++locals_; }
  void LetGo() noexcept {
    --locals_;
    Publish();
  }

  // ---- for the owner, on any thread -------------------------------------------------------------

  const ThreadCache& thread() const noexcept { return *thread_; }

  // Before another thread goes on with the part of one that has ended: what that did in its calls
  // happens before.
  void TakeOver() const noexcept { static_cast<void>(published_.LoadAcquire()); }

  // The scope of the base in which it was made.
  const void* scope() const noexcept { return scope_; }

  // Bytes that the base counts for the windows, and for the record of the part.
  std::size_t taken() const noexcept { return taken_; }
  void NoteTaken(std::size_t bytes) noexcept { taken_ += bytes; }

  // Bytes handed out, as far as the thread has told. Locked.
  std::size_t Used() const noexcept { return UsedUpTo(published_.LoadRelaxed() + 1); }

  // The most bytes that were handed out since the owner's peak took them in. Locked.
  std::size_t PeakUsed() const noexcept {
    // In this order: who sees a cursor that was moved back sees from where.
    const std::uintptr_t cursor = published_.LoadAcquire() + 1;
    return UsedUpTo(MaxOf(cursor, shrunk_from_.LoadRelaxed()));
  }

  // No call of its thread is under way at a Reset, nor is there a Local.
  void FailIfInUse() const noexcept {
    if (locals_ != 0) {
      Fail("arena: Reset, Release or the end of a ThreadCachedArena while a Local is held");
    }
    if (inside_.LoadRelaxed() != nullptr) {
      Fail("arena: Reset, Release or the end of a ThreadCachedArena while a thread is in a call");
    }
  }

  // The owner ends, the part stays with the base.
  void LoseOwner() noexcept { owner_ = nullptr; }

  Part* next = nullptr;  // in the owner's table

  // ---- for the owner, locked, on its thread -----------------------------------------------------

  // Of the next window.
  std::size_t NextSize(const WindowSizes& sizes, std::size_t need) const noexcept {
    return sizes.Next(size_, taken_, need);
  }

  bool MayRetireWindow() const noexcept {
    return WindowSizes::MayRetire(window().Room(), size_, direct_);
  }

  // Retires the window and enters a block of `size` bytes that the base counts as `taken`.
  void EnterWindow(std::byte* block, std::size_t size, std::size_t taken) noexcept {
    Enter(block, block, size, taken);
  }

  void* BumpAfterMove(std::size_t size, std::size_t alignment) noexcept {
    void* const block = window().BumpAfterMove(size, alignment);
    Publish();
    return block;
  }

  // A block was obtained from the base, beside the window.
  void NoteDirect(void* block, std::size_t size) noexcept {
    direct_ = size > kMaxSize - direct_ ? kMaxSize : direct_ + size;
    newest_direct_ = block;
  }

  // Whether blocks shrank since the owner's peak took them in.
  bool HasShrunk() const noexcept { return shrunk_from_.LoadRelaxed() > Cursor(); }
  void ForgetShrunk() noexcept { shrunk_from_.StoreRelaxed(begin_); }

  // Tells other threads how far the cursor is, and that what was done before was done.
  ARENA_ALWAYS_INLINE void Publish() const noexcept {
    published_.StoreRelease(static_cast<std::uintptr_t>(window().position()));
  }

  // ---- as an arena, which a Local makes it ------------------------------------------------------

  std::size_t Len() const noexcept override {
    Publish();
    return owner_->Len();
  }
  std::size_t Cap() const noexcept override { return owner_->Cap(); }
  std::size_t Peak() const noexcept override {
    Publish();
    return owner_->Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return owner_ != nullptr ? owner_->AllocForPart(*this, size, alignment) : nullptr;
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (block == newest_direct_) {
      if (owner_ == nullptr) return false;
      if (new_size == 0) newest_direct_ = nullptr;
      if (owner_->ResizeDirect(block, old_size, new_size)) return true;
      newest_direct_ = block;
      return false;
    }
    const std::uintptr_t cursor = Cursor();
    if (!window().Resize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      if (shrunk_from_.LoadRelaxed() < cursor) shrunk_from_.StoreRelaxed(cursor);
      Window::MarkCutOff(block, old_size, new_size);
    }
    Publish();
    return true;
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    if (window().PushIntoSegment(cleanup) || window().OpenSegment(cleanup)) return true;
    return owner_ != nullptr && owner_->MovePart(*this, CleanupRecords::SegmentSize(1)) &&
           window().OpenSegment(cleanup);
  }

  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    return window().TakeCleanupAndMark(cleanup, only);
  }

  const void* DoScope() const noexcept override { return scope_; }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if (DeallocateOnHeap(block) || owner_ == nullptr) return;
    owner_->MarkDeallocatedForPart(block, size);
  }

  void DoClear(Retention) noexcept override { FailToReset(); }
  void DoReset() noexcept override { FailToReset(); }
  void DoRelease() noexcept override { FailToReset(); }

 private:
  // In an instrumented build, in the unused bytes at the end of a window: how to find what is
  // marked.
  struct WindowEnd {
    std::byte* begin;
    const WindowEnd* before;
  };
  static_assert(sizeof(WindowEnd) <= kGranule);

  template <bool kMarks>
  class Mark {
   public:
    explicit Mark(ARENA_MAYBE_UNUSED Part& part) noexcept : part_(part) {
      if constexpr (kMarks) part_.inside_.StoreRelaxed(&part_);
    }
    ~Mark() {
      if constexpr (kMarks) part_.inside_.StoreRelaxed(nullptr);
    }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    Part& part_;
  };
  using CallMark = Mark<true>;
  using ShortCallMark = Mark<kMarksShortCalls>;

  ARENA_NORETURN static void FailToReset() noexcept {
    Fail("arena: Reset or Release of a Local: reset the ThreadCachedArena itself");
  }

  std::uintptr_t Cursor() const noexcept {
    return reinterpret_cast<std::uintptr_t>(WindowCursor());
  }

  std::size_t UsedUpTo(std::uintptr_t cursor) const noexcept {
    return retired_ + (cursor - begin_);
  }

  // Enters the window [begin, block + size), less what stays unused at its end.
  void Enter(std::byte* block, std::byte* begin, std::size_t size, std::size_t taken) noexcept {
    retired_ = UsedUpTo(Cursor());
    std::byte* const end = block + size - kGranule;
    if constexpr (kInstrumented) {
      newest_end_ = ::new (end) WindowEnd{block, newest_end_};
      MarkFree(begin, static_cast<std::size_t>(end - begin));
      if constexpr (ARENA_ASAN != 0)
        MarkFree(end, kGranule);  // only AddressSanitizer preserves contents
    }
    size_ = size;
    taken_ += taken;
    direct_ = 0;
    begin_ = reinterpret_cast<std::uintptr_t>(begin);
    SetWindow(begin, end);
    shrunk_from_.StoreRelaxed(begin_);
    Publish();
  }

  Owner* owner_;  // null once that has ended: no more memory is to be had then
  const ThreadCache* const thread_;
  const void* const scope_;
  std::uintptr_t begin_ = 0;  // of the window
  std::size_t size_ = 0;      // of the block that the window lies in
  std::size_t taken_ = 0;
  std::size_t retired_ = 0;        // bytes handed out in windows that are retired
  std::size_t direct_ = 0;         // bytes obtained from the base since the window last moved
  void* newest_direct_ = nullptr;  // the block that they ended with: the base may resize it
  int locals_ = 0;
  const WindowEnd* newest_end_ = nullptr;  // in an instrumented build, of the window

  // The last byte in use after the last call. The thread stores it as the last thing of each call:
  // with release, so that a thread that takes the part over has seen all.
  mutable AtomicPointer<std::uintptr_t> published_{0};
  AtomicPointer<std::uintptr_t> shrunk_from_{0};  // the highest cursor before it was moved back
  AtomicPointer<const void*> inside_{nullptr};    // not null while a call lasts (kMarksCalls)
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PART_HPP
