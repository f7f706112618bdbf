// SPDX-License-Identifier: Apache-2.0
//
// The window's way through the chunks of an arena in one round, and the account of what it has left
// behind: retired chunks, oversized chunks, open scopes. monotonic_arena.hpp has the picture.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/cleanup_records.hpp"
#include "../core/sanitizer.hpp"
#include "../core/window.hpp"
#include "chunk.hpp"
#include "chunk_sizes.hpp"
#include "chunk_store.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The account of the memory outside the window: retired chunks, and oversized chunks that are
// taken.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t waste = 0;
  std::size_t chunk_bytes = 0;  // the sizes of the retired chunks alone
};

// What the arena restores when a scope ends.
struct ScopeMark {
  ScopeMark* outer = nullptr;  // the next open scope around this one
  Chunk* chunk = nullptr;
  Window::Mark window{};
  std::byte* window_begin = nullptr;
  OversizedChunk* oversized = nullptr;  // the newest that was taken then
  Tally retired{};
  OversizedRun oversized_since_move{};
};

class ChunkWalk {
 public:
  // There is no window before the first StartRound. `window` outlives the walk.
  ChunkWalk(Window& window, const MonotonicArenaOptions& options, GrowingMemory* growing) noexcept
      : store_(options, growing), window_(window) {}
  ChunkWalk(const ChunkWalk&) = delete;
  ChunkWalk& operator=(const ChunkWalk&) = delete;

  ChunkStore& store() noexcept { return store_; }
  const ChunkStore& store() const noexcept { return store_; }
  Window& window() noexcept { return window_; }

  // ---- the place and the account -----------------------------------------------------------------

  Chunk* current_chunk() const noexcept { return current_; }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }
  std::size_t Room() const noexcept { return window_.Room(); }

  Chunk* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : store_.list().first();
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && window_.cursor() == window_begin_ &&
           WindowRecords(window_.limit()) == 0 &&
           (innermost_ == nullptr || innermost_->chunk != current_);
  }

  // The window's cursor and limit are passed in: the arena has them at hand.
  std::size_t Len(const std::byte* cursor) const noexcept {
    return retired_.len + static_cast<std::size_t>(cursor - window_begin_);
  }
  std::size_t WindowRecords(const std::byte* limit) const noexcept {
    return HasWindow() ? static_cast<std::size_t>(current_->end - limit) : 0;
  }
  std::size_t RetiredRecords() const noexcept { return retired_.records; }
  std::size_t Waste() const noexcept { return retired_.waste + store_.InitialWaste(); }

  // Bytes of the retired chunks and of the window's.
  std::size_t EnteredBytes() const noexcept {
    return retired_.chunk_bytes + (HasWindow() ? current_->size() : 0);
  }

  // Bytes of the chunks that this round used, whole, those of closed scopes included.
  std::size_t UsedBytes() const noexcept { return reach_ + store_.oversized().used_bytes(); }

  // Unused chunks were freed: what was used of them no longer counts beyond the rest.
  void NoteFreed() noexcept { reach_ = MinOf(reach_, store_.list().bytes()); }

  const OversizedRun& oversized_since_move() const noexcept { return oversized_since_move_; }

  // ---- moves -------------------------------------------------------------------------------------

  // All chunks are about to go. The next round starts anew.
  void Forget() noexcept {
    current_ = nullptr;
    LeaveWindow();
  }

  // Starts a round, in the first chunk; without one there is no window. Nothing is left behind then.
  void StartRound() noexcept {
    retired_ = {};
    oversized_since_move_ = {};
    current_ = store_.StartRound();
    reach_ = 0;
    if (current_ == nullptr) return LeaveWindow();
    window_begin_ = current_->begin;
    window_.Restart(current_->begin, current_->end);
    reach_ = current_->size();
  }

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

  // Leaves a chunk that is unused, for no window; returns it.
  Chunk* StepBack() noexcept {
    Chunk* const left = current_;
    current_ = left->prev;
    LeaveWindow();
    return left;
  }

  // Takes a chunk from upstream, the first spare then. Null when the limit or upstream forbids it.
  Chunk* AddSpare(std::size_t size) noexcept { return store_.AddChunk(size, current_); }

  // ---- allocations outside the fast path ---------------------------------------------------------

  // Null when the window does not suffice.
  void* AllocFromWindow(const Request& request) noexcept {
    return window_.BumpAfterMove(request.size, request.alignment);
  }

  // From a spare that holds the request; the window moves there.
  void* AllocFrom(Chunk* spare, const Request& request) noexcept {
    MoveTo(spare);
    void* const block = AllocFromWindow(request);
    ARENA_ASSERT(block != nullptr && "a chunk that holds a request serves it");
    return block;
  }

  // From a chunk that was taken for this request. Null when there is no such chunk.
  void* AllocFrom(OversizedChunk* chunk, const Request& request) noexcept {
    if (chunk == nullptr) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(chunk->begin());
    const std::size_t padding = AlignUp(begin, request.alignment) - begin;
    retired_.len += padding + request.need;
    retired_.waste += chunk->size - padding - request.need;
    ++oversized_since_move_.count;
    oversized_since_move_.bytes += request.size;
    std::byte* const piece = chunk->begin() + padding;
    void* const block = window_.OnHeap(piece, request.size, request.alignment);
    MarkAllocated(block, request.size);
    return block;
  }

  // Registers a cleanup in the oversized chunk that has the newest records; false when that is
  // full, or the newest record lies elsewhere.
  bool PushBesideWindow(const Cleanup& cleanup) noexcept {
    if (!window_.PushIntoSegment(cleanup)) return false;
    retired_.records += CleanupRecords::kRecordSize;
    retired_.waste -= CleanupRecords::kRecordSize;
    return true;
  }

  // Opens a segment of records in an oversized spare, for an arena that gets no other memory; false
  // when there is no such spare.
  bool OpenSegmentBesideWindow(const Cleanup& cleanup) noexcept {
    // Its link would not follow records that move with the window's end.
    if (MayGrow() && WindowRecords(window_.limit()) != 0) return false;
    constexpr std::size_t kSize = CleanupRecords::SegmentSize(1);
    OversizedChunk* const chunk = store_.oversized().TakeLarger(kSize, kMaxSize);
    if (chunk == nullptr) return false;
    const std::size_t count = chunk->size / CleanupRecords::kRecordSize - 1;
    window_.OpenSegmentIn(chunk->begin(), MinOf(count, CleanupRecords::kRecordsPerSegment),
                          cleanup);
    retired_.records += kSize;
    retired_.waste += chunk->size - kSize;
    return true;
  }

  // ---- an initial chunk that grows ---------------------------------------------------------------

  // Whether the window is in it.
  bool MayGrow() const noexcept {
    return store_.InitialGrows() && HasWindow() && store_.IsInitial(current_);
  }

  // Gives the window at least `room` bytes of room by growing its chunk. False, with nothing changed,
  // when that does not grow, or the limit or the system forbids it.
  ARENA_COLD bool Grow(std::size_t room) noexcept {
    if (!MayGrow() || room > kMaxSize) return false;
    if (room <= Room()) return true;
    const std::size_t missing = AlignUp(room - Room(), kGranule);
    std::byte* const end = current_->end;
    if (!store_.GrowInitial(current_->size() + missing)) return false;
    MoveWindowEnd(end, current_->end);
    reach_ = MaxOf(reach_, EnteredBytes());
    return true;
  }

  // Grow for a request, at its alignment.
  ARENA_COLD bool GrowFor(const Request& request) noexcept {
    const auto cursor = reinterpret_cast<std::uintptr_t>(window_.cursor());
    return Grow(AlignUp(cursor, request.alignment) - cursor + request.need);
  }

  // Frees the end of the window's chunk, which grows, for a Cap of `bytes`, as far as nothing is in it.
  ARENA_COLD void Cut(std::size_t bytes) noexcept {
    const auto len = static_cast<std::size_t>(window_.cursor() - window_begin_);
    const std::size_t used = AlignUp(len, kGranule) + WindowRecords(window_.limit());
    const std::size_t size = MaxOf(used, store_.SizeForCap(bytes));
    MoveWindowEnd(current_->end, current_->begin + size);
    store_.ShrinkInitial(size);
  }

  // ---- scopes ------------------------------------------------------------------------------------

  // The innermost open one, or null.
  ScopeMark* innermost() const noexcept { return innermost_; }

  // If `in_own_chunk`, the scope's first allocation moves the window.
  void OpenScope(ScopeMark& scope, bool in_own_chunk) noexcept {
    scope = {innermost_,
             current_,
             window_.MarkHere(),
             window_begin_,
             store_.oversized().taken(),
             retired_,
             oversized_since_move_};
    innermost_ = &scope;
    if (!in_own_chunk) return;
    RetireCurrent();
    LeaveWindow();
  }

  // Forgets what was allocated since the innermost scope was opened. Its cleanups have run.
  void CloseScope(const ScopeMark& scope) noexcept {
    store_.oversized().RetainSince(scope.oversized);
    if (current_ != scope.chunk) {
      MarkFreeFrom(scope.chunk != nullptr ? scope.chunk->next : store_.list().first());
    }
    // Every chunk that the window entered since now lies behind it in the list: a spare.
    current_ = scope.chunk;
    window_begin_ = scope.window_begin;
    window_.Rewind(scope.window);
    retired_ = scope.retired;
    oversized_since_move_ = scope.oversized_since_move;
    innermost_ = scope.outer;
  }

  // Marks the chunks from `first` to the current one as free, in an instrumented build.
  void MarkFreeFrom(const Chunk* first) const noexcept {
    if constexpr (kInstrumented) {
      for (const Chunk* chunk = first; current_ != nullptr && chunk != current_->next;
           chunk = chunk->next) {
        MarkFree(chunk->begin, chunk->size());
      }
    }
  }

 private:
  void Enter(Chunk* chunk) noexcept {
    current_ = chunk;
    window_begin_ = chunk->begin;
    window_.Set(chunk->begin, chunk->end);
    oversized_since_move_ = {};
    reach_ = MaxOf(reach_, retired_.chunk_bytes + chunk->size());
  }

  void RetireCurrent() noexcept {
    if (!HasWindow()) return;
    retired_.len += static_cast<std::size_t>(window_.cursor() - window_begin_);
    retired_.records += WindowRecords(window_.limit());
    retired_.waste += Room();
    retired_.chunk_bytes += current_->size();
  }

  void LeaveWindow() noexcept {
    window_begin_ = nullptr;
    window_.Set(nullptr, nullptr);
  }

  // Moves the records along, and the marks of open scopes that know their places.
  void MoveWindowEnd(std::byte* end, std::byte* new_end) noexcept {
    for (ScopeMark* scope = innermost_; scope != nullptr; scope = scope->outer) {
      window_.AdjustMark(scope->window, end, new_end);
    }
    window_.MoveEnd(end, new_end);
  }

  ChunkStore store_;
  Window& window_;
  // The window's place in the list: chunks before it are retired, chunks behind it spare. Null: the
  // window has not entered the first chunk.
  Chunk* current_ = nullptr;
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  Tally retired_{};  // of the retired chunks and of the oversized ones that are taken
  OversizedRun oversized_since_move_{};
  std::size_t reach_ = 0;  // the most EnteredBytes() of this round
  ScopeMark* innermost_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP
