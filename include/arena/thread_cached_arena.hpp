// SPDX-License-Identifier: Apache-2.0
//
// class ThreadCachedArena: a decorator that lets many threads share an arena, each with a window of
// its own.
#ifndef ARENA_THREAD_CACHED_ARENA_HPP
#define ARENA_THREAD_CACHED_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "arena_decorator.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/sanitizer.hpp"
#include "detail/threads/part.hpp"
#include "detail/threads/parts_account.hpp"
#include "detail/threads/thread_cache.hpp"
#include "detail/threads/window_sizes.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// How much of the base's memory a thread takes at once.
///
/// In each round a thread begins with `first_window`, and its windows double up to `window`, then
/// up to an eighth of what the thread took, at most `max_window`. (If `first_window` is more than 1
/// KiB, a block of 1 KiB precedes it.)
struct ThreadCachedArenaOptions {
  std::size_t first_window = 1024;      ///< bytes that a thread takes first in a round
  std::size_t window = 32 * 1024;       ///< up to this its windows double, whatever it took
  std::size_t max_window = 256 * 1024;  ///< no window is larger
};

/// Shares an arena between many threads. Each has a part: a window of the base's memory, taken
/// under a mutex, in which it allocates and registers cleanups alone.
///
/// Any thread may allocate, resize, register cleanups and read the figures at any time; the calls
/// of different threads do not wait for each other unless one needs a window, or more than half of
/// one. The base is not used directly meanwhile, and both outlive what is allocated. The decorator
/// owns no memory and no cleanups, and its end touches nothing. A `Local` makes it as fast as an
/// arena of one's own.
///
/// Reset, Release and the decorator's end are exclusive: no other thread is inside a call, and what
/// threads did happens before. (A call that waits for memory is noticed and ends the program with a
/// message; a debug build, one without optimisation, may notice any.) A Reset or Release of the
/// base, or the end of a scope on it that was opened before the first allocation of the round, ends
/// the parts as the decorator's own Reset does. A scope of the base that is opened later ends the
/// program with a message when a thread needs memory in it.
///
/// Cleanups run on the thread that resets, without the mutex: of one thread newest first, the
/// threads one after the other. A destructor does not use objects of another thread, which may be
/// gone. The cleanups may allocate and register through the arena, on that thread.
///
/// What a thread has not used of its window is nobody else's: when the base's limit is reached,
/// threads take smaller windows, then what they need, then fail. A thread that ends leaves its part
/// to the arena, and a later thread may go on with it. Only the thread that allocated the last
/// block resizes it in place. Fibers may move between threads, but not while they have a `Local`.
///
/// Len() and Cap() are exact while no thread is in a call and none holds a Local: a Local's
/// allocations are counted when it ends, or when its thread next calls the arena. Peak() is never
/// too low, and may be too high only if several threads shrank blocks (TryResize). O(threads).
/// Bytes of windows that nothing is allocated in are in none of them but Cap().
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicThreadCachedArena : public ArenaDecorator {
  using Part = detail::Part<BasicThreadCachedArena>;
  using Entry = detail::ThreadCache::Entry;

 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicThreadCachedArena(Arena& base ARENA_LIFETIMEBOUND,
                                  const ThreadCachedArenaOptions& options = {})
      : ArenaDecorator(base),
        sizes_(options.first_window, options.window, options.max_window, Part::MinSize()),
        entry_(detail::NewEntry()),
        round_(detail::NewRound()),
        account_(base) {}

  /// Ends the program with a message while a Local is held. The memory, and the cleanups that are
  /// owed, stay with the base.
  ~BasicThreadCachedArena() override {
    FailIfInUse();
    account_.parts().ForEach([](Part& part) { part.LoseOwner(); });
  }

  /// The calling thread's part, as an arena whose allocation is inlined: nothing is looked up and
  /// no other thread is told.
  ///
  /// For the thread that made it, which may use the shared arena as well, and may have several.
  /// Everything that works on an Arena works on `*local`. It is gone before the shared arena is
  /// reset, and before the thread ends. When there is no memory for a part it is the shared arena
  /// itself.
  class ARENA_NODISCARD Local {
   public:
    /// The calling thread's part of `shared`, which outlives it. O(1), or a window's cost where the
    /// thread has no part yet.
    ARENA_NODISCARD explicit Local(BasicThreadCachedArena& shared) noexcept
        : part_(shared.DoFindPart()),
          arena_(part_ != nullptr ? static_cast<Arena&>(*part_) : shared) {
      if (part_ != nullptr) part_->Hold();
    }
    ~Local() {
      if (part_ != nullptr) part_->LetGo();
    }

    Local(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");
    Local& operator=(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");

    /// The part. It is this thread's alone.
    Arena& operator*() const& noexcept { return arena_; }
    Arena& operator*() const&& =
        ARENA_DELETE("arena: name the Local: a temporary one ends at once");
    /// @{
    /// As `*local`.
    Arena* operator->() const noexcept { return &arena_; }
    operator Arena&() const& noexcept { return arena_; }  // NOLINT: a Local is an arena
    /// @}
    operator Arena&() const&& = ARENA_DELETE("arena: name the Local: a temporary one ends at once");

   private:
    Part* part_;
    Arena& arena_;
  };

  std::size_t Len() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return account_.Len();
  }
  std::size_t Cap() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Cap();
  }
  std::size_t Peak() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return account_.Peak();
  }

 protected:
  ARENA_NOINLINE void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (void* const block = PartIn(entry)->Bump(size, alignment)) [[likely]]
        return block;
    }
    return AllocSlowly(*this, size, alignment);
  }

  ARENA_NOINLINE bool DoTryResize(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept override {
    Part* const part = ExistingPart();
    if (part != nullptr) return part->Resize(block, old_size, new_size);
    return false;
  }

  ARENA_NOINLINE bool DoAddCleanup(Cleanup cleanup) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (PartIn(entry)->PushCleanup(cleanup)) [[likely]]
        return true;
    }
    return AddCleanupSlowly(*this, cleanup);
  }

  ARENA_NOINLINE bool DoAddDestructor(const detail::Destructor& type,
                                      void* object) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (PartIn(entry)->PushObject(type, object)) [[likely]]
        return true;
    }
    return AddDestructorSlowly(*this, type, object);
  }

  // Of all parts, one after the other, through the base's cleanups; with `only`, of this thread's
  // part.
  ARENA_NOINLINE bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    if (only != nullptr) {
      Part* const part = ExistingPart();
      if (part != nullptr && part->TakeCleanupOf(cleanup, only)) return true;
    }
    const std::lock_guard<Mutex> lock(mutex_);
    if (only == nullptr) account_.NoteForgetting();
    return ArenaDecorator::DoTakeCleanup(cleanup, only);
  }

  void DoReset() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.NotePeak();
    ArenaDecorator::DoReset();
    account_.NoteForgotten();
  }
  void DoRelease() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.NotePeak();
    ArenaDecorator::DoRelease();
    account_.NoteForgotten();
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if constexpr (detail::kHeap) {
      Part* const part = ExistingPart();
      if (part != nullptr && part->DeallocateOnHeap(block)) return;
    }
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }

  void DoClear(Arena::Retention retention) noexcept override {
    FailIfInUse();
    if (clearing_ || ending_) FailRecursive();
    clearing_ = true;
    Cleanup newest;
    while (DoTakeCleanup(&newest, nullptr)) newest.run(newest.object);
    retention == Arena::Retention::kRetain ? this->DoReset() : this->DoRelease();
    clearing_ = false;
  }

  /// The calling thread's part; null when there is no memory for one.
  // Virtual like everything else that looks into the thread's cache: that has to be the cache which
  // the shared object that made this arena has. And not inlined, where a compiler knows the type: it
  // could keep the address of the cache over a call that switches fibers.
  ARENA_NOINLINE virtual Part* DoFindPart() noexcept {
    const Entry& entry = CacheEntry();
    return entry.round == round_ ? PartIn(entry) : FindOrAddPart();
  }

 private:
  friend Part;

  // ---- the parts --------------------------------------------------------------------------------

  // Where the calling thread remembers its part: it does if the entry is of this round.
  ARENA_ALWAYS_INLINE Entry& CacheEntry() const noexcept { return detail::thread_cache.At(entry_); }
  static Part* PartIn(const Entry& entry) noexcept { return static_cast<Part*>(entry.part); }

  ARENA_ALWAYS_INLINE Part* ExistingPart() noexcept {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]]
      return PartIn(entry);
    const std::lock_guard<Mutex> lock(mutex_);
    return FindPart();
  }

  ARENA_NOINLINE Part* FindOrAddPart() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    Part* const part = FindPart();
    return part != nullptr ? part : AddPart();
  }

  // The part of this thread, or of one that has ended and whose cache had the same address. Locked.
  Part* FindPart() noexcept {
    Part* const part = account_.parts().Find(detail::thread_cache);
    if (part == nullptr) return nullptr;
    part->TakeOver();
    Remember(*part);
    return part;
  }

  // A new part for this thread; null when there is no memory for it. Locked.
  Part* AddPart() noexcept {
    account_.NoteUse();
    // Not more, however large windows are: when there is no memory for the record that follows, the
    // base may not be able to take the block back.
    constexpr std::size_t kMax = 1024;
    const auto block = account_.Take(detail::MinOf(sizes_.first(), kMax),
                                     detail::WindowSizes::MinFor(Part::MinSize()));
    if (block.begin == nullptr) return nullptr;
    auto* const part =
        ::new (block.begin) Part(*this, detail::thread_cache, DoScope(), block.size, block.taken);
    if (!account_.AddCleanup(*part, {&Part::End, part})) {
      Part::Destroy(*part);
      account_.Return(block);
      return nullptr;
    }
    account_.Add(*part);
    Remember(*part);
    return part;
  }

  // Makes the next look-up of this thread a hit.
  void Remember(Part& part) const noexcept { CacheEntry() = {round_, &part}; }

  // Without the lock, which a thread in a call might have.
  void FailIfInUse() const noexcept {
    account_.parts().ForEach([](const Part& part) { part.FailIfInUse(); });
  }

  // ---- for a Part -------------------------------------------------------------------------------

  // Serves a request that the part's window does not.
  void* AllocForPart(Part& part, std::size_t size, std::size_t alignment) noexcept {
    const std::size_t padding = alignment > detail::kLine ? alignment - detail::kLine : 0;
    const std::size_t need = size + detail::kRedzone + padding;
    const std::lock_guard<Mutex> lock(mutex_);
    PrepareToTake(part);
    // A window must not become a chunk for each request.
    if (part.MayRetireWindow() && need <= part.NextSize(sizes_, need) / 2 &&
        MoveWindow(part, need)) {
      void* const block = part.BumpAfterMove(size, alignment);
      ARENA_ASSERT(block != nullptr && "a window that was taken for a request serves it");
      return block;
    }
    void* const block = base().TryAlloc(size, alignment);
    if (block != nullptr) part.NoteDirect(block, size);
    return block;
  }

  // Gives the part a window with `need` bytes; false when there is no memory for it.
  bool MovePart(Part& part, std::size_t need) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    PrepareToTake(part);
    return MoveWindow(part, need);
  }

  // TryResize of a block that was obtained beside the window.
  bool ResizeDirect(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    if (new_size < old_size) account_.NotePeak();
    return ArenaDecorator::DoTryResize(block, old_size, new_size);
  }

  void MarkDeallocatedForPart(void* block, std::size_t size) noexcept {
    DoMarkDeallocated(block, size);
  }

  // A part ends: its cleanups are about to run. Ends the program if that happens inside one of
  // them, in memory which the outer Reset still uses.
  void StartToEnd() noexcept {
    if (ending_) FailRecursive();
    ending_ = true;
  }

  // The base is about to forget the memory of a part whose cleanups have run.
  void RemovePart(const Part& part) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.Remove(part);
    round_ = detail::NewRound();  // no thread finds it any more
    ending_ = false;
  }

  ARENA_NORETURN static void FailRecursive() noexcept {
    detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
  }

  bool MoveWindow(Part& part, std::size_t need) noexcept {
    const auto block =
        account_.Take(part.NextSize(sizes_, need), detail::WindowSizes::MinFor(need));
    if (block.begin == nullptr) return false;
    part.EnterWindow(block.begin, block.size, block.taken);
    return true;
  }

  // Before a part takes memory.
  void PrepareToTake(Part& part) noexcept {
    if (DoScope() != part.scope()) {
      detail::Fail("arena: a scope was opened on the base of a ThreadCachedArena that was in use");
    }
    part.Publish();
    if (part.HasShrunk()) {
      account_.NotePeak();
      part.ForgetShrunk();
    }
  }

  // ---- without a part, and slowly ---------------------------------------------------------------

  ARENA_NOINLINE static void* AllocSlowly(BasicThreadCachedArena& self, std::size_t size,
                                          std::size_t alignment) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AllocSlowly(size, alignment);
    const std::lock_guard<Mutex> lock(self.mutex_);
    void* const block = self.base().TryAlloc(size, alignment);
    self.account_.NotePeak();  // without a part nobody says when the base forgets the block
    return block;
  }

  ARENA_NOINLINE static bool AddCleanupSlowly(BasicThreadCachedArena& self,
                                              Cleanup cleanup) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddCleanupSlowly(cleanup);
    const std::lock_guard<Mutex> lock(self.mutex_);
    return self.base().AddCleanup(cleanup);
  }

  ARENA_NOINLINE static bool AddDestructorSlowly(BasicThreadCachedArena& self,
                                                 const detail::Destructor& type,
                                                 void* object) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddDestructorSlowly(type, object);
    return AddCleanupSlowly(self, {type.one, object});
  }

  const detail::WindowSizes sizes_;
  const std::size_t entry_;  // of each thread's cache, in bytes

  // Of the thread's entries, those with another number are not of this arena's parts. Every part
  // that ends makes it new; then no other thread is in a call.
  std::uint64_t round_;

  bool clearing_ = false;  // a Reset or Release is running the cleanups
  bool ending_ = false;    // those of a part are running

  // Above is what every call reads, below what is written under the mutex: not on the same line.
  alignas(detail::kLine) mutable Mutex mutex_{};  // guards the base and account_
  detail::PartsAccount<Part> account_;
};

/// A BasicThreadCachedArena with the standard library's mutex.
using ThreadCachedArena = BasicThreadCachedArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_THREAD_CACHED_ARENA_HPP
