// SPDX-License-Identifier: Apache-2.0
//
// class MonotonicArena: the arena that owns its memory, in chunks that it obtains from upstream and
// retains until Release.
//
//   chunks              [retired]->[retired]->[current: the window]->[spare]->[spare]
//   oversized chunks    one for each request too large for the window, retained by size class
#ifndef ARENA_MONOTONIC_ARENA_HPP
#define ARENA_MONOTONIC_ARENA_HPP

#include <cstddef>
#include <utility>

#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/chunks/chunk_policy.hpp"
#include "detail/chunks/chunk_store.hpp"
#include "detail/chunks/chunk_walk.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/sanitizer.hpp"
#include "detail/core/window.hpp"
#include "fwd.hpp"
#include "monotonic_options.hpp"

ARENA_BEGIN_NAMESPACE

/// An arena over chunks of memory that it takes from an upstream resource, retains through Reset,
/// and frees at Release or in its destructor.
///
/// A fresh one holds one chunk of 32 KiB. When its window is full it moves on to the next chunk; a
/// request that would waste too much of the window, or is larger than a chunk, gets an oversized
/// chunk of its own. The same requests after a Reset get memory again without a call to upstream.
/// (Where scopes ended among them, the chunks may be in another order then, and on rare occasions
/// the second round makes a call more.)
///
/// What Reset retains is bounded: chunks that the round did not use are freed while Cap() is more
/// than three times what recent rounds used of it (and more than a fresh arena holds). A round
/// counts with the whole chunks that it used, and with an eighth less after each round that
/// follows. The option `retain` is a bound in bytes.
///
/// Thread safety: one thread at a time; see ThreadCachedArena.
class MonotonicArena : public Arena {
 public:
  /// An arena with default options.
  MonotonicArena() : MonotonicArena(MonotonicArenaOptions{}) {}

  /// Takes the initial buffers at once. Throws std::bad_alloc when upstream fails or the limit is
  /// below what the options make it hold.
  explicit MonotonicArena(const MonotonicArenaOptions& options)
      : MonotonicArena(options, nullptr) {}

  /// Releases. Ends the program with a message while a scope is open.
  ~MonotonicArena() override { Release(); }

  /// Makes sure that the next `bytes` bytes come from one piece of memory, taking a chunk for them
  /// now.
  ///
  /// The window moves at once: an unused current chunk becomes a spare, the rest of a used one is
  /// wasted until Reset. Does nothing when the window has the room. A call that takes a chunk from
  /// upstream frees unused spares while Cap() is more than three times what this or recent rounds
  /// used, the new chunk included: growing sizes in a loop do not accumulate. O(spares). Throws
  /// std::bad_alloc, with everything allocated as before, when upstream fails or the limit is
  /// reached.
  void Reserve(std::size_t bytes) {
    if (!chunks_.Reserve(bytes)) detail::ThrowBadAlloc();
  }

  /// Frees chunks that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A chunk with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's initial buffer. Legal at any time. O(chunks freed).
  void ShrinkTo(std::size_t bytes) noexcept { chunks_.ShrinkTo(bytes); }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(chunks).
  bool Owns(const void* pointer) const noexcept {
    return chunks_.walk().store().Owns(pointer) || window().OwnsOnHeap(pointer);
  }

  /// The most bytes, records included, that were in use at once since the last call, as of the
  /// latest Reset or Release: call it between two rounds. Unlike Peak() it starts anew with each
  /// call: for sizing the next round by the last. Records that DropCleanup took back may be
  /// missing, and those that were still owed when a cleanup allocated. O(1).
  std::size_t TakeHighWater() noexcept { return std::exchange(high_water_, 0); }

  /// Where the bytes are. O(1).
  ArenaStats Stats() const noexcept {
    const detail::ChunkWalk& walk = chunks_.walk();
    ArenaStats stats;
    stats.len = Len();
    stats.cap = Cap();
    stats.peak = Peak();
    stats.buffers = walk.store().Count();
    stats.records = walk.RetiredRecords() + walk.WindowRecords(WindowLimit());
    stats.waste = walk.Waste();
    stats.free = stats.cap - stats.len - stats.records - stats.waste;
    return stats;
  }

  std::size_t Len() const noexcept override { return chunks_.walk().Len(WindowCursor()); }
  std::size_t Cap() const noexcept override { return chunks_.Cap(); }
  std::size_t Peak() const noexcept override { return detail::MaxOf(peak_, Len()); }

 protected:
  /// For a derived class: with an initial chunk over memory that grows in place, if that is not
  /// null.
  MonotonicArena(const MonotonicArenaOptions& options, detail::GrowingMemory* growing)
      : chunks_(window(), options, growing) {}

  /// Reserve that returns false where Reserve throws.
  ARENA_NODISCARD bool TryReserve(std::size_t bytes) noexcept { return chunks_.Reserve(bytes); }

  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return chunks_.Alloc(size, alignment);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!window().Resize(block, old_size, new_size)) {
      return chunks_.walk().store().InitialGrows() && ResizeByGrowing(block, old_size, new_size);
    }
    if (new_size < old_size) detail::Window::MarkCutOff(block, old_size, new_size);
    return true;
  }

  // These are final: DoClear calls them as they are.
  void DoReset() noexcept final {
    FailIfScopeOpen();
    NotePeak(0);
    window().FreeAllOnHeap();
    if (!detail::kInstrumented && chunks_.IsOneChunk()) [[likely]] {
      window().Restart();
    } else {
      chunks_.EndRound();
    }
  }
  ARENA_NOINLINE void DoRelease() noexcept final {
    MonotonicArena::DoReset();
    chunks_.FreeAll();
  }

  void DoClear(Retention retention) noexcept override {
    if (HasWindowCleanups()) [[unlikely]]
      return ClearWithCleanups(retention);
    Forget(retention);
  }

  // final: DoClear has no cleanups elsewhere to ask for.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept final {
    const detail::ScopeMark* const scope = Innermost();
    if (only == nullptr) {
      PrepareForCleanups();  // a decorator's Reset
    } else if (scope != nullptr && !window().HasRecordsSince(scope->window)) {
      return false;  // the newest record is where a scope began, whose end looks for it
    }
    return window().TakeCleanupAndMark(cleanup, only);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override { return chunks_.AddCleanup(cleanup); }

  const void* DoScope() const noexcept override {
    return Innermost() != nullptr ? static_cast<const void*>(Innermost()) : this;
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if (window().DeallocateOnHeap(block)) return;
    // A container that outlived Release must not poison what is no longer the arena's. Not asked
    // before the first buffer goes: Owns() walks over all of them, for every node of a container.
    const bool all_there = !detail::kHeap && !chunks_.walk().store().HasFreed();
    if (all_there || Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  friend struct detail::PictureAccess;

  const detail::ScopeMark* Innermost() const noexcept { return chunks_.walk().innermost(); }

  // TryResize of a block for which the window does not suffice.
  ARENA_COLD bool ResizeByGrowing(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept {
    if (detail::kHeap) return false;  // a block of the heap cannot grow
    const bool is_last = new_size > old_size && window().Resize(block, old_size, old_size);
    return is_last && chunks_.walk().Grow(new_size - old_size) &&
           window().Resize(block, old_size, new_size);
  }

  ARENA_NOINLINE void ClearWithCleanups(Retention retention) noexcept {
    PrepareForCleanups();
    RunWindowCleanups();
    Forget(retention);
  }

  void Forget(Retention retention) noexcept {
    retention == Retention::kRetain ? MonotonicArena::DoReset() : MonotonicArena::DoRelease();
  }

  // Before a cleanup runs: it may rely on what an open scope was to free, and the records are
  // there.
  void PrepareForCleanups() noexcept {
    FailIfScopeOpen();
    NotePeak();
  }

  void NotePeak() noexcept { NotePeak(chunks_.walk().WindowRecords(WindowLimit())); }

  void NotePeak(std::size_t window_records) noexcept {
    const std::size_t len = MonotonicArena::Len();
    peak_ = detail::MaxOf(peak_, len);
    const std::size_t records = chunks_.walk().RetiredRecords() + window_records;
    high_water_ = detail::MaxOf(high_water_, len + records);
  }

  // ---- scopes -----------------------------------------------------------------------------------

  void CloseScope(const detail::ScopeMark& scope) noexcept {
    FailIfNotInnermost(scope);
    NotePeak();
    window().RunCleanupsSince(scope.window);
    FailIfNotInnermost(scope);
    // Only now: what the cleanups allocated goes too.
    NotePeak();
    chunks_.CloseScope(scope);
  }

  void FailIfNotInnermost(const detail::ScopeMark& scope) const noexcept {
    if (Innermost() != &scope) detail::Fail("arena: scopes were left out of order");
  }

  void FailIfScopeOpen() const noexcept {
    if (Innermost() != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  detail::ChunkPolicy chunks_;
  std::size_t peak_ = 0;        // compared where Len can fall, and where Peak is read
  std::size_t high_water_ = 0;  // likewise, with the records; a pool starts it anew
};

static_assert(sizeof(MonotonicArena) < 512);

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_ARENA_HPP
