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
#include <cstdint>
#include <utility>

#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/chunks/chunk.hpp"
#include "detail/chunks/chunk_sizes.hpp"
#include "detail/chunks/chunk_store.hpp"
#include "detail/chunks/growing_memory.hpp"
#include "detail/chunks/oversized.hpp"
#include "detail/chunks/scope_mark.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/cleanup_records.hpp"
#include "detail/core/sanitizer.hpp"
#include "fwd.hpp"
#include "monotonic_options.hpp"

ARENA_BEGIN_NAMESPACE

/// An arena over chunks of memory that it takes from an upstream resource, retains through Reset, and
/// frees at Release or in its destructor.
///
/// A fresh one holds one chunk of 32 KiB. When its window is full it moves on to the next chunk; a
/// request that would waste too much of the window, or is larger than a chunk, gets an oversized
/// chunk of its own. The same requests after a Reset get memory again without a call to upstream.
///
/// What Reset retains is bounded: chunks that the round did not use are freed while Cap() is more
/// than three times what recent rounds used of it (and more than a fresh arena holds). A round counts
/// with all the chunks that it used, whole, and with an eighth less after each round that follows.
/// The option `retain` is a bound in bytes.
///
/// Thread safety: none; see ConcurrentArena.
class MonotonicArena : public Arena {
 public:
  /// An arena with default options.
  MonotonicArena() : MonotonicArena(MonotonicArenaOptions{}) {}

  /// Takes the initial buffers at once. Throws std::bad_alloc when upstream fails or the limit is
  /// below what the options make it hold.
  explicit MonotonicArena(const MonotonicArenaOptions& options)
      : MonotonicArena(options, nullptr) {}

  MonotonicArena(const MonotonicArena&) = ARENA_DELETE("arena: it stays where it is: pass Arena&");
  MonotonicArena& operator=(const MonotonicArena&) = ARENA_DELETE("arena: pass Arena&");

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
    if (bytes <= Room() || ExtendWindow(bytes)) return;
    Chunk* const spare = FindSpare({bytes, bytes, 1});
    if (spare != nullptr) {
      MoveTo(spare);
      return;
    }
    Chunk* const chunk = CreateForReserve(bytes);
    if (chunk == nullptr) detail::ThrowBadAlloc();
    MoveTo(chunk);
    FreeUnused(detail::MaxOf(recent_use_, UsedBytes()));
  }

  /// Frees chunks that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A chunk with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's initial buffer. Legal at any time. O(chunks freed).
  void ShrinkTo(std::size_t bytes) noexcept {
    if (bytes < Cap()) FreeSpares(bytes);
    if (Cap() > bytes && CurrentIsUnused() && !store_.IsInitial(current_)) {
      store_.DestroyChunk(StepBack());
    }
    recent_use_ = detail::MinOf(recent_use_, Cap());
    reach_ = detail::MinOf(reach_, store_.list().bytes());
  }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(chunks).
  bool Owns(const void* pointer) const noexcept {
    return store_.Owns(pointer) || window().OwnsOnHeap(pointer);
  }

  /// The most bytes, records included, that were in use at once in a round that has ended since the
  /// last call. Unlike Peak() it starts anew with each call: for sizing the next round by the last.
  /// O(1).
  std::size_t TakeHighWater() noexcept { return std::exchange(high_water_, 0); }

  /// Where the bytes are. O(1).
  ArenaStats Stats() const noexcept {
    ArenaStats stats;
    stats.len = Len();
    stats.cap = Cap();
    stats.peak = Peak();
    stats.buffers = store_.Count();
    stats.records = retired_.records + WindowRecords();
    stats.waste = retired_.waste + store_.InitialWaste();
    stats.free = stats.cap - stats.len - stats.records - stats.waste;
    return stats;
  }

  std::size_t Len() const noexcept override {
    return retired_.len + static_cast<std::size_t>(WindowCursor() - window_begin_);
  }
  std::size_t Cap() const noexcept override { return store_.cap(); }
  std::size_t Peak() const noexcept override { return detail::MaxOf(peak_, Len()); }

 protected:
  /// For a derived class: with an initial chunk over memory that grows in place, if that is not null.
  MonotonicArena(const MonotonicArenaOptions& options, detail::GrowingMemory* growing)
      : store_(options.upstream, options.limit, options.retain, options.initial_buffer, growing),
        sizes_(options.min_buffer_size, options.max_buffer_size) {
    if (store_.cap() > store_.limit()) detail::ThrowBadAlloc();
    const std::size_t held = store_.HasInitial() ? 1 : 0;
    // min_buffer_size == 0 means no initial chunk.
    const std::size_t size = sizes_.AtConstruction();
    const std::size_t count = size == 0 ? held : options.initial_buffer_count;
    const std::size_t max = detail::MinOf(store_.Affordable(), detail::kMaxSize);
    if (count > held && count - held > max / size) detail::ThrowBadAlloc();
    for (std::size_t i = held; i < count; ++i) {
      if (store_.AddChunk(size, store_.list().last()) == nullptr) detail::ThrowBadAlloc();
    }
    initial_cap_ = store_.cap();
    EnterFirst();
  }

  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Request request{size, size + detail::kRedzone, alignment};
    if (WindowMayGrow() && ExtendWindow(PaddingFor(alignment) + request.need)) {
      return AllocFromWindow(size, alignment);
    }
    if (void* block = AllocFromNextChunk(request)) return block;
    if (void* block = AllocOversized(request)) return block;
    return AllocUnderPressure(request);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!window().Resize(block, old_size, new_size)) {
      return store_.InitialGrows() && ResizeByGrowing(block, old_size, new_size);
    }
    if (new_size < old_size) detail::Window::MarkCutOff(block, old_size, new_size);
    return true;
  }

  // These are final: DoClear calls them as they are.
  void DoReset() noexcept final {
    FailIfScopeOpen();
    NotePeak(0);
    window().FreeAllOnHeap();
    // The only chunk: nothing is retired, nothing is spare.
    if (!detail::kInstrumented && HasWindow() && store_.HasOneToRetain()) [[likely]] {
      window().Restart();
    } else {
      ResetChunks();
    }
  }
  ARENA_NOINLINE void DoRelease() noexcept final {
    MonotonicArena::DoReset();
    freed_any_ = true;
    store_.FreeAll();
    recent_use_ = 0;
    EnterFirst();
  }

  void DoClear(Retention retention) noexcept override {
    if (HasWindowCleanups()) [[unlikely]]
      return ClearWithCleanups(retention);
    Forget(retention);
  }

  // final: DoClear has no cleanups elsewhere to ask for.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept final {
    if (only == nullptr) {
      PrepareForCleanups();  // a decorator's Reset
    } else if (innermost_ != nullptr && !window().HasRecordsSince(innermost_->window)) {
      return false;  // the newest record is where a scope began, whose end looks for it
    }
    return Arena::DoTakeCleanup(cleanup, only);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    if (window().OpenSegment(cleanup) || PushBesideWindow(cleanup)) return true;
    constexpr std::size_t kSize = Records::SegmentSize(1);
    if (ExtendWindow(kSize)) return window().PushCleanup(cleanup) || window().OpenSegment(cleanup);
    constexpr Request kSegment{kSize, kSize, 1};
    Chunk* chunk = NextChunk(kSegment);
    if (chunk == nullptr) chunk = FindSpare(kSegment);
    if (chunk == nullptr && MakeRoomBelowLimit(detail::ChunkSizes::kSmallest)) {
      chunk = NextChunk(kSegment);
    }
    if (chunk == nullptr) return OpenSegmentBesideWindow(cleanup);
    MoveTo(chunk);
    return window().OpenSegment(cleanup);
  }

  const void* DoScope() const noexcept override {
    return innermost_ != nullptr ? static_cast<const void*>(innermost_) : this;
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if (window().DeallocateOnHeap(block)) return;
    // A container that outlived Release must not poison what is no longer the arena's. Not asked
    // before the first buffer goes: Owns() walks over all of them, for every node of a container.
    if ((!detail::kHeap && !freed_any_) || Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  friend struct detail::PictureAccess;
  using Chunk = detail::Chunk;
  using OversizedChunk = detail::OversizedChunk;
  using Records = detail::CleanupRecords;
  using Request = detail::Request;

  // So many spares at most are looked at for the next chunk, so that a long row of small ones costs
  // each move of the window O(1).
  static constexpr std::size_t kMaxLooks = 8;

  std::size_t Room() const noexcept { return window().Room(); }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }
  bool RetainsNothing() const noexcept { return store_.retain() == 0; }

  std::size_t WindowRecords() const noexcept {
    return HasWindow() ? static_cast<std::size_t>(current_->end - WindowLimit()) : 0;
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && WindowCursor() == window_begin_ && WindowRecords() == 0 &&
           (innermost_ == nullptr || innermost_->chunk != current_);
  }

  Chunk* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : store_.list().first();
  }

  // Bytes of the retired chunks and of the window's.
  std::size_t EnteredBytes() const noexcept {
    return retired_.chunk_bytes + (HasWindow() ? current_->size() : 0);
  }

  // ---- which chunk serves a request --------------------------------------------------------------

  // Null when the window stays: the request is oversized, too much of the window would be wasted, or
  // there is no memory for a chunk.
  void* AllocFromNextChunk(const Request& request) noexcept {
    const std::size_t size = current_ != nullptr ? current_->size() : 0;
    if (!detail::ChunkSizes::MayLeave(Room(), size, oversized_since_move_)) return nullptr;
    Chunk* const chunk = NextChunk(request);
    return chunk != nullptr ? AllocFrom(chunk, request) : nullptr;
  }

  // The spare that serves the request, or a new chunk. Whether there is one depends on the round so
  // far, so a request that got an oversized chunk gets one in an equal round, too, although the
  // chunks that came later in the first one are spares by then.
  Chunk* NextChunk(const Request& request) noexcept {
    const std::size_t size = sizes_.NextToHold(EnteredBytes(), oversized_since_move_, request);
    if (size == 0) return nullptr;
    if (Chunk* const spare = detail::ChunkList::FirstToHold(NextSpare(), request, kMaxLooks)) {
      return spare;
    }
    const std::size_t affordable = detail::MinOf(size, store_.Affordable());
    if (affordable < detail::ChunkSizes::kSmallest || !Chunk::Holds(affordable, request)) {
      return nullptr;
    }
    return store_.AddChunk(affordable, current_);
  }

  void* AllocOversized(const Request& request) noexcept {
    const std::size_t size_class = detail::SizeClassAbove(request.OversizedBytes());
    if (void* block = AllocFrom(store_.oversized().Take(size_class), request)) return block;
    // What is never a spare needs no class.
    const std::size_t size =
        RetainsNothing() ? request.OversizedBytes() : detail::SizeClassBytes(size_class);
    return AllocFrom(store_.AddOversized(size), request);
  }

  // No chunk of the usual size is to be had: the limit is in the way, or upstream failed.
  void* AllocUnderPressure(const Request& request) noexcept {
    const std::size_t bytes = request.OversizedBytes();
    // Do not spend a much larger chunk on the request: freeing it makes room for more.
    const std::size_t max = bytes <= detail::kMaxSize / 4 ? 4 * bytes : detail::kMaxSize;
    if (void* block = AllocFrom(store_.oversized().TakeLarger(bytes, max), request)) return block;
    if (Chunk* const spare = FindSpare(request)) return AllocFrom(spare, request);
    if (bytes > store_.Affordable()) {
      if (!MakeRoomBelowLimit(bytes)) return nullptr;
      if (void* block = AllocFromNextChunk(request)) return block;
      if (void* block = AllocOversized(request)) return block;
    }
    if (void* block = AllocFrom(store_.AddOversized(bytes), request)) return block;
    // Upstream has failed.
    return AllocFrom(store_.oversized().TakeLarger(bytes, detail::kMaxSize), request);
  }

  void* AllocFrom(Chunk* spare, const Request& request) noexcept {
    MoveTo(spare);
    void* const block = AllocFromWindow(request.size, request.alignment);
    ARENA_ASSERT(block != nullptr && "a chunk that holds a request serves it");
    return block;
  }

  // Null when there is no such chunk.
  void* AllocFrom(OversizedChunk* chunk, const Request& request) noexcept {
    if (chunk == nullptr) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(chunk->begin());
    const std::size_t padding = detail::AlignUp(begin, request.alignment) - begin;
    retired_.len += padding + request.need;
    retired_.waste += chunk->size - padding - request.need;
    ++oversized_since_move_.count;
    oversized_since_move_.bytes += request.size;
    std::byte* const piece = chunk->begin() + padding;
    void* const block = window().OnHeap(piece, request.size, request.alignment);
    detail::MarkAllocated(block, request.size);
    return block;
  }

  // Registers a cleanup in the oversized chunk that has the newest records; false when that is
  // full, or the newest record lies elsewhere.
  bool PushBesideWindow(const Cleanup& cleanup) noexcept {
    if (!window().PushIntoSegment(cleanup)) return false;
    retired_.records += Records::kRecordSize;
    retired_.waste -= Records::kRecordSize;
    return true;
  }

  // Upstream has failed, and no chunk is left: records go into an oversized spare.
  bool OpenSegmentBesideWindow(const Cleanup& cleanup) noexcept {
    // Its link would not follow records that move with the window's end.
    if (WindowMayGrow() && WindowRecords() != 0) return false;
    constexpr std::size_t kSize = Records::SegmentSize(1);
    OversizedChunk* const chunk = store_.oversized().TakeLarger(kSize, detail::kMaxSize);
    if (chunk == nullptr) return false;
    const std::size_t count = chunk->size / Records::kRecordSize - 1;
    window().OpenSegmentIn(chunk->begin(), detail::MinOf(count, Records::kRecordsPerSegment),
                           cleanup);
    retired_.records += kSize;
    retired_.waste += chunk->size - kSize;
    return true;
  }

  // The first spare that holds the request, however far behind.
  Chunk* FindSpare(const Request& request) const noexcept {
    return detail::ChunkList::FirstToHold(NextSpare(), request, SIZE_MAX);
  }

  // A chunk behind the current one.
  Chunk* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > detail::kMaxSize - detail::kGranule) return nullptr;
    if (bytes > store_.Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = detail::AlignUp(bytes, detail::kGranule);
    const std::size_t size = detail::MaxOf(round, sizes_.Next(EnteredBytes()));
    return store_.AddChunk(detail::MinOf(size, store_.Affordable()), current_);
  }

  // Frees unused chunks until `bytes` more may be held; false, with nothing freed, when that cannot
  // be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    if (bytes > store_.limit()) return false;
    std::size_t spare = store_.SpareBytes(NextSpare());
    if (WindowMayGrow()) {
      spare += detail::AlignDown(Room(), detail::kGranule);
    } else if (CurrentIsUnused() && !store_.IsInitial(current_)) {
      spare += current_->size();
    }
    if (Cap() - spare > store_.limit() - bytes) return false;
    ShrinkTo(store_.limit() - bytes);
    return true;
  }

  // ---- the window moves --------------------------------------------------------------------------

  // Enters a spare. The current chunk is retired, its rest wasted until Reset or the end of the
  // scope; one that is unused becomes the first spare instead.
  void MoveTo(Chunk* spare) noexcept {
    if (CurrentIsUnused()) StepBack();
    if (spare != NextSpare()) {
      store_.list().Remove(spare);
      store_.list().InsertAfter(current_, spare);
    }
    RetireCurrent();
    Enter(spare);
  }

  void RetireCurrent() noexcept {
    if (!HasWindow()) return;
    retired_.len += static_cast<std::size_t>(WindowCursor() - window_begin_);
    retired_.records += WindowRecords();
    retired_.waste += Room();
    retired_.chunk_bytes += current_->size();
  }

  void Enter(Chunk* chunk) noexcept {
    current_ = chunk;
    window_begin_ = chunk->begin;
    SetWindow(chunk->begin, chunk->end);
    oversized_since_move_ = {};
    reach_ = detail::MaxOf(reach_, retired_.chunk_bytes + chunk->size());
  }

  // Starts a round, in the first chunk; without one there is no window.
  void EnterFirst() noexcept {
    current_ = store_.StartRound();
    oversized_since_move_ = {};
    reach_ = 0;
    if (current_ == nullptr) return LeaveWindow();
    window_begin_ = current_->begin;
    window().Restart(current_->begin, current_->end);
    reach_ = current_->size();
  }

  // Leaves a chunk that is unused, for no window; returns it.
  Chunk* StepBack() noexcept {
    Chunk* const left = current_;
    current_ = left->prev;
    LeaveWindow();
    return left;
  }

  void LeaveWindow() noexcept {
    window_begin_ = nullptr;
    window().Leave();
  }

  // ---- an initial chunk that grows ---------------------------------------------------------------

  bool WindowMayGrow() const noexcept {
    return store_.InitialGrows() && HasWindow() && store_.IsInitial(current_);
  }

  std::size_t PaddingFor(std::size_t alignment) const noexcept {
    const auto cursor = reinterpret_cast<std::uintptr_t>(WindowCursor());
    return detail::AlignUp(cursor, alignment) - cursor;
  }

  // Gives the window at least `room` bytes of room by growing its chunk. False, with nothing changed,
  // when that does not grow, or the limit or the system forbids it.
  ARENA_COLD bool ExtendWindow(std::size_t room) noexcept {
    if (!WindowMayGrow() || room > detail::kMaxSize) return false;
    if (room <= Room()) return true;
    const std::size_t missing = detail::AlignUp(room - Room(), detail::kGranule);
    std::byte* const end = current_->end;
    if (!store_.GrowInitial(current_->size() + missing)) return false;
    MoveWindowEnd(end, current_->end);
    reach_ = detail::MaxOf(reach_, EnteredBytes());
    return true;
  }

  // TryResize of a block for which the window does not suffice.
  ARENA_COLD bool ResizeByGrowing(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept {
    const bool is_last = new_size > old_size && window().Resize(block, old_size, old_size);
    return is_last && ExtendWindow(new_size - old_size) &&
           window().Resize(block, old_size, new_size);
  }

  // Frees the end of the window's chunk, which grows, for a Cap of `bytes`, as far as nothing is in it.
  ARENA_COLD void CutWindow(std::size_t bytes) noexcept {
    const auto len = static_cast<std::size_t>(WindowCursor() - window_begin_);
    const std::size_t used = detail::AlignUp(len, detail::kGranule) + WindowRecords();
    const std::size_t size = detail::MaxOf(used, store_.SizeForCap(bytes));
    MoveWindowEnd(current_->end, current_->begin + size);
    store_.ShrinkInitial(size);
  }

  // Moves the records along, and the marks of open scopes that know their places.
  void MoveWindowEnd(std::byte* end, std::byte* new_end) noexcept {
    for (detail::ScopeMark* scope = innermost_; scope != nullptr; scope = scope->outer) {
      window().AdjustMark(scope->window, end, new_end);
    }
    window().MoveEnd(end, new_end);
  }

  // ---- the end of a round ------------------------------------------------------------------------

  void ResetChunks() noexcept {
    MarkChunksFree(store_.list().first());
    const std::size_t used = UsedBytes();
    recent_use_ = detail::ChunkSizes::RecentUse(recent_use_, used);
    if (detail::ChunkSizes::IsTooMuch(store_.cap(), recent_use_)) [[unlikely]]
      FreeUnused(recent_use_);
    store_.oversized().RetainAll();
    retired_ = {};
    EnterFirst();
    if (store_.HoldsTooMuch()) [[unlikely]]
      MonotonicArena::ShrinkTo(store_.retain());
  }

  // Bytes of the chunks that this round used, whole, those of closed scopes included.
  std::size_t UsedBytes() const noexcept { return reach_ + store_.oversized().used_bytes(); }

  // Frees spares, and the unused end of a chunk that grows, until Cap() is at most `bytes` or none is
  // left. Requires a larger Cap().
  void FreeSpares(std::size_t bytes) noexcept {
    freed_any_ = true;
    store_.FreeSpares(current_, bytes, false);
    if (Cap() > bytes && WindowMayGrow()) CutWindow(bytes);
  }

  // Frees what this round did not use while Cap is more than the documented multiple of `used`.
  ARENA_COLD void FreeUnused(std::size_t used) noexcept {
    if (!detail::ChunkSizes::IsTooMuch(store_.cap(), used)) return;
    const std::size_t bytes = detail::MaxOf(detail::ChunkSizes::Retained(used), initial_cap_);
    freed_any_ = true;
    store_.FreeSpares(current_, bytes, true);
  }

  // Marks the chunks from `first` to the current one as free, in an instrumented build.
  void MarkChunksFree(const Chunk* first) const noexcept {
    if constexpr (detail::kInstrumented) {
      for (const Chunk* chunk = first; current_ != nullptr && chunk != current_->next;
           chunk = chunk->next) {
        detail::MarkFree(chunk->begin, chunk->size());
      }
    }
  }

  ARENA_NOINLINE void ClearWithCleanups(Retention retention) noexcept {
    PrepareForCleanups();
    RunWindowCleanups();
    Forget(retention);
  }

  void Forget(Retention retention) noexcept {
    retention == Retention::kRetain ? MonotonicArena::DoReset() : MonotonicArena::DoRelease();
  }

  // Before a cleanup runs: it may rely on what an open scope was to free, and the records are there.
  void PrepareForCleanups() noexcept {
    FailIfScopeOpen();
    NotePeak();
  }

  void NotePeak() noexcept { NotePeak(WindowRecords()); }

  void NotePeak(std::size_t window_records) noexcept {
    const std::size_t len = MonotonicArena::Len();
    peak_ = detail::MaxOf(peak_, len);
    high_water_ = detail::MaxOf(high_water_, len + retired_.records + window_records);
  }

  // ---- scopes ------------------------------------------------------------------------------------

  void OpenScope(detail::ScopeMark& scope) noexcept {
    scope = {innermost_,
             current_,
             window().MarkHere(),
             window_begin_,
             store_.oversized().taken(),
             retired_,
             oversized_since_move_};
    innermost_ = &scope;
    // The end of one that grows is freed without that.
    if (RetainsNothing() && !store_.InitialGrows()) {
      RetireCurrent();
      LeaveWindow();
    }
  }

  void CloseScope(const detail::ScopeMark& scope) noexcept {
    FailIfNotInnermost(scope);
    NotePeak();
    window().RunCleanupsSince(scope.window);
    FailIfNotInnermost(scope);
    // Only now: what the cleanups allocated goes too.
    NotePeak();
    store_.oversized().RetainSince(scope.oversized);
    if (current_ != scope.chunk) {
      MarkChunksFree(scope.chunk != nullptr ? scope.chunk->next : store_.list().first());
    }
    // Every chunk that the window entered since now lies behind it in the list: a spare.
    current_ = scope.chunk;
    window_begin_ = scope.window_begin;
    window().Rewind(scope.window);
    retired_ = scope.retired;
    oversized_since_move_ = scope.oversized_since_move;
    innermost_ = scope.outer;
    if (store_.HoldsTooMuch()) FreeSpares(store_.retain());
  }

  void FailIfNotInnermost(const detail::ScopeMark& scope) const noexcept {
    if (innermost_ != &scope) detail::Fail("arena: scopes were left out of order");
  }

  void FailIfScopeOpen() const noexcept {
    if (innermost_ != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  // Chunks were returned upstream, or may have been. First, in the base's last bytes: it takes none.
  bool freed_any_ = false;
  detail::ChunkStore store_;
  detail::ChunkSizes sizes_;

  // The window's place in the list: chunks before it are retired, chunks behind it spare. Null: the
  // window has not entered the first chunk.
  Chunk* current_ = nullptr;
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  detail::Tally retired_{};  // of the retired chunks and of the oversized ones that are taken
  detail::OversizedRun oversized_since_move_{};
  std::size_t peak_ = 0;                    // compared where Len can fall, and where Peak is read
  std::size_t high_water_ = 0;              // likewise, with the records; a pool starts it anew
  std::size_t reach_ = 0;                   // the most EnteredBytes() of this round
  std::size_t recent_use_ = 0;              // UsedBytes() of rounds before; see ChunkSizes
  std::size_t initial_cap_ = 0;             // of a fresh arena; what Reset retains in any case
  detail::ScopeMark* innermost_ = nullptr;  // the innermost open scope
};

static_assert(sizeof(MonotonicArena) < 512);

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_ARENA_HPP
