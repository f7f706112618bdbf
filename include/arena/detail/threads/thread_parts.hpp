// SPDX-License-Identifier: Apache-2.0
//
// The parts of a ThreadCachedArena: which one a thread has, where its memory comes from, and how
// all of them end.
#ifndef ARENA_DETAIL_THREADS_THREAD_PARTS_HPP
#define ARENA_DETAIL_THREADS_THREAD_PARTS_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "../../arena_decorator.hpp"
#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/sanitizer.hpp"
#include "part.hpp"
#include "parts_account.hpp"
#include "thread_cache.hpp"
#include "window_sizes.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// All that threads have to do with each other: the base, its parts, and the mutex that guards both.
// What a thread does alone, in its part, is BasicThreadCachedArena's. "Locked" below means that the
// mutex is held.
template <class Mutex>
class ThreadParts : public ArenaDecorator {
 public:
  using Part = detail::Part<ThreadParts>;

  ThreadParts(Arena& base, const WindowSizes& sizes) noexcept
      : ArenaDecorator(base),
        sizes_(sizes),
        entry_(NewEntry()),
        round_(NewRound()),
        account_(base) {}

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
  // Sets `part` to the calling thread's if the thread remembers it; else returns false.
  ARENA_ALWAYS_INLINE bool Recall(Part** part) const noexcept {
    const ThreadCache::Entry& entry = CacheEntry();
    *part = static_cast<Part*>(entry.part);
    return entry.round == round_;
  }

  ARENA_ALWAYS_INLINE Part* ExistingPart() noexcept {
    Part* part;
    if (Recall(&part)) [[likely]]
      return part;
    const std::lock_guard<Mutex> lock(mutex_);
    return FindPart();
  }

  // Null when there is no memory for a part.
  ARENA_NOINLINE Part* FindOrAddPart() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    Part* const part = FindPart();
    return part != nullptr ? part : AddPart();
  }

  void* AllocWithoutPart(std::size_t size, std::size_t alignment) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    void* const block = base().TryAlloc(size, alignment);
    account_.NotePeak();  // without a part nobody says when the base forgets the block
    return block;
  }
  bool AddCleanupWithoutPart(const Cleanup& cleanup) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    return base().AddCleanup(cleanup);
  }

  // At the end. Ends the program with a message while a Local is held.
  void LoseParts() noexcept {
    FailIfInUse();
    account_.parts().ForEach([](Part& part) { part.LoseOwner(); });
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
    if constexpr (kHeap) {
      Part* const part = ExistingPart();
      if (part != nullptr && part->DeallocateOnHeap(block)) return;
    }
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }

  void DoClear(Retention retention) noexcept override {
    FailIfInUse();
    if (clearing_ || ending_) FailRecursive();
    clearing_ = true;
    Cleanup newest;
    while (this->DoTakeCleanup(&newest, nullptr)) newest.run(newest.object);
    retention == Retention::kRetain ? this->DoReset() : this->DoRelease();
    clearing_ = false;
  }

 private:
  friend Part;

  ARENA_ALWAYS_INLINE ThreadCache::Entry& CacheEntry() const noexcept {
    return thread_cache.At(entry_);
  }

  // The part of this thread, or of one that has ended and whose cache had the same address. Locked.
  Part* FindPart() noexcept {
    Part* const part = account_.parts().Find(thread_cache);
    if (part == nullptr) return nullptr;
    part->TakeOver();
    Remember(*part);
    return part;
  }

  // A new part for this thread; null when there is no memory for it. Locked.
  Part* AddPart() noexcept {
    if (const Part* const other = account_.parts().Any()) FailUnlessIn(other->scope());
    account_.NoteUse();
    // Not more, however large windows are: when there is no memory for the record that follows, the
    // base may not be able to take the block back.
    constexpr std::size_t kMax = 1024;
    const auto block =
        account_.Take(MinOf(sizes_.first(), kMax), WindowSizes::MinFor(Part::MinSize()));
    if (block.begin == nullptr) return nullptr;
    auto* const part =
        ::new (block.begin) Part(*this, thread_cache, DoScope(), block.size, block.taken);
    if (!account_.AddCleanup(*part, {&Part::End, part})) {
      Part::Destroy(*part);
      account_.Return(block);
      return nullptr;
    }
    account_.Add(*part);
    Remember(*part);
    return part;
  }

  // Without the lock, which a thread in a call might have.
  void FailIfInUse() const noexcept {
    account_.parts().ForEach([](const Part& part) { part.FailIfInUse(); });
  }

  ARENA_NORETURN static void FailRecursive() noexcept {
    Fail("arena: Reset or Release was called from a cleanup of the same arena");
  }

  // Makes the next look-up of this thread a hit.
  void Remember(Part& part) const noexcept { CacheEntry() = {round_, &part}; }

  // ---- for a Part -------------------------------------------------------------------------------

  // Serves a request that the part's window does not.
  void* AllocForPart(Part& part, std::size_t size, std::size_t alignment) noexcept {
    const std::size_t padding = alignment > kLine ? alignment - kLine : 0;
    const std::size_t need = size + kRedzone + padding;
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
    round_ = NewRound();  // no thread finds it any more
    ending_ = false;
  }

  // Locked.
  bool MoveWindow(Part& part, std::size_t need) noexcept {
    const auto block = account_.Take(part.NextSize(sizes_, need), WindowSizes::MinFor(need));
    if (block.begin == nullptr) return false;
    part.EnterWindow(block.begin, block.size, block.taken);
    return true;
  }

  // Before memory is taken in the round of a part that was made in `scope`. Locked.
  void FailUnlessIn(const void* scope) const noexcept {
    if (DoScope() == scope) return;
    Fail("arena: a scope was opened on the base of a ThreadCachedArena that was in use");
  }

  // Before a part takes memory. Locked.
  void PrepareToTake(Part& part) noexcept {
    FailUnlessIn(part.scope());
    part.Publish();
    if (part.HasShrunk()) {
      account_.NotePeak();
      part.ForgetShrunk();
    }
  }

  const WindowSizes sizes_;
  const std::size_t entry_;  // of each thread's cache, in bytes

  // Of the thread's entries, those with another number are not of this arena's parts. Every part
  // that ends makes it new; then no other thread is in a call.
  std::uint64_t round_;

  bool clearing_ = false;  // a Reset or Release is running the cleanups
  bool ending_ = false;    // those of a part are running

  // Above is what every call reads, below what is written under the mutex: not on the same line.
  alignas(kLine) mutable Mutex mutex_{};  // guards the base and account_
  PartsAccount<Part> account_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_THREAD_PARTS_HPP
