// SPDX-License-Identifier: Apache-2.0
//
// Which chunk serves a request that the window does not, and which chunks are retained for later.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/cleanup_records.hpp"
#include "../core/window.hpp"
#include "chunk.hpp"
#include "chunk_sizes.hpp"
#include "chunk_store.hpp"
#include "chunk_walk.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The chunks of a MonotonicArena, over the arena's window.
class ChunkPolicy {
 public:
  // Takes the initial buffers and starts the first round. Throws std::bad_alloc, see MonotonicArena.
  ChunkPolicy(Window& window, const MonotonicArenaOptions& options, GrowingMemory* growing)
      : walk_(window, options, growing), sizes_(options.min_buffer_size, options.max_buffer_size) {
    ChunkStore& store = walk_.store();
    if (store.cap() > store.limit()) ThrowBadAlloc();
    const std::size_t held = store.HasInitial() ? 1 : 0;
    // min_buffer_size == 0 means no initial chunk.
    const std::size_t size = options.min_buffer_size;
    const std::size_t count = size == 0 ? held : options.initial_buffer_count;
    const std::size_t max = MinOf(store.Affordable(), kMaxSize);
    if (count > held && count - held > max / size) ThrowBadAlloc();
    for (std::size_t i = held; i < count; ++i) {
      if (store.AddChunk(size, store.list().last()) == nullptr) ThrowBadAlloc();
    }
    initial_cap_ = store.cap();
    walk_.StartRound();
  }

  ChunkWalk& walk() noexcept { return walk_; }
  const ChunkWalk& walk() const noexcept { return walk_; }
  std::size_t Cap() const noexcept { return walk_.store().cap(); }

  // ---- requests ----------------------------------------------------------------------------------

  // Null, with all figures as before but for a smaller Cap, when no memory is to be had.
  void* Alloc(std::size_t size, std::size_t alignment) noexcept {
    const Request request{size, size + kRedzone, alignment};
    if (walk_.MayGrow() && walk_.GrowFor(request)) return walk_.AllocFromWindow(request);
    if (void* block = AllocFromNextChunk(request)) return block;
    if (void* block = AllocOversized(request)) return block;
    return AllocUnderPressure(request);
  }

  // False when there is no memory for the record.
  bool AddCleanup(const Cleanup& cleanup) noexcept {
    Window& window = walk_.window();
    if (window.OpenSegment(cleanup) || walk_.PushBesideWindow(cleanup)) return true;
    constexpr std::size_t kSize = CleanupRecords::SegmentSize(1);
    if (walk_.Grow(kSize)) return window.PushCleanup(cleanup) || window.OpenSegment(cleanup);
    constexpr Request kSegment{kSize, kSize, 1};
    Chunk* chunk = NextChunk(kSegment);
    if (chunk == nullptr) chunk = FindSpare(kSegment);
    if (chunk == nullptr && MakeRoomBelowLimit(ChunkSizes::kSmallest)) chunk = NextChunk(kSegment);
    if (chunk == nullptr) return walk_.OpenSegmentBesideWindow(cleanup);
    walk_.MoveTo(chunk);
    return window.OpenSegment(cleanup);
  }

  // Gives the window so much room; false when no memory is to be had.
  bool Reserve(std::size_t bytes) noexcept {
    if (bytes <= walk_.Room() || walk_.Grow(bytes)) return true;
    Chunk* const spare = FindSpare({bytes, bytes, 1});
    Chunk* const chunk = spare != nullptr ? spare : CreateForReserve(bytes);
    if (chunk == nullptr) return false;
    walk_.MoveTo(chunk);
    if (spare == nullptr) FreeUnused(MaxOf(recent_use_, walk_.UsedBytes()));
    return true;
  }

  // ---- what is retained --------------------------------------------------------------------------

  // Frees unused chunks until Cap() is at most `bytes` or none is left.
  void ShrinkTo(std::size_t bytes) noexcept {
    if (bytes < Cap()) FreeSpares(bytes);
    if (Cap() > bytes && CurrentMayGo()) walk_.store().DestroyChunk(walk_.StepBack());
    recent_use_ = MinOf(recent_use_, Cap());
    walk_.NoteFreed();
  }

  // Whether the round was in the only chunk, and the next may be: the window restarts there, and
  // EndRound would find nothing to do.
  bool IsOneChunk() const noexcept { return walk_.HasWindow() && walk_.store().HasOneToRetain(); }

  // Forgets what the round used, and starts the next.
  ARENA_NOINLINE void EndRound() noexcept {
    ChunkStore& store = walk_.store();
    walk_.MarkFreeFrom(store.list().first());
    recent_use_ = ChunkSizes::RecentUse(recent_use_, walk_.UsedBytes());
    if (ChunkSizes::IsTooMuch(store.cap(), recent_use_)) [[unlikely]]
      FreeUnused(recent_use_);
    store.oversized().RetainAll();
    walk_.StartRound();
    if (store.HoldsTooMuch()) [[unlikely]]
      ShrinkTo(store.retain());
  }

  // Frees everything but the initial chunk, after EndRound.
  void FreeAll() noexcept {
    walk_.Forget();
    walk_.store().FreeAll();
    recent_use_ = 0;
    walk_.StartRound();
  }

  void OpenScope(ScopeMark& scope) noexcept {
    // The end of a chunk that grows is freed without a chunk of the scope's own.
    walk_.OpenScope(scope, RetainsNothing() && !walk_.store().InitialGrows());
  }

  // Forgets what was allocated since. The scope's cleanups have run.
  void CloseScope(const ScopeMark& scope) noexcept {
    walk_.CloseScope(scope);
    if (walk_.store().HoldsTooMuch()) FreeSpares(walk_.store().retain());
  }

 private:
  // So many spares at most are looked at for the next chunk, so that a long row of small ones costs
  // each move of the window O(1).
  static constexpr std::size_t kMaxLooks = 8;

  bool RetainsNothing() const noexcept { return walk_.store().retain() == 0; }

  // Whether the window's chunk is unused, and not the caller's.
  bool CurrentMayGo() const noexcept {
    return walk_.CurrentIsUnused() && !walk_.store().IsInitial(walk_.current_chunk());
  }

  // Null when the window stays: the request is oversized, too much of the window would be wasted, or
  // there is no memory for a chunk.
  void* AllocFromNextChunk(const Request& request) noexcept {
    const std::size_t size = walk_.current_chunk() != nullptr ? walk_.current_chunk()->size() : 0;
    if (!ChunkSizes::MayLeave(walk_.Room(), size, walk_.oversized_since_move())) return nullptr;
    Chunk* const chunk = NextChunk(request);
    return chunk != nullptr ? walk_.AllocFrom(chunk, request) : nullptr;
  }

  // The spare that serves the request, or a new chunk. Whether there is one depends on the round so
  // far, so a request that got an oversized chunk gets one in an equal round, too, although the
  // chunks that came later in the first one are spares by then.
  Chunk* NextChunk(const Request& request) noexcept {
    const std::size_t size =
        sizes_.NextToHold(walk_.EnteredBytes(), walk_.oversized_since_move(), request);
    if (size == 0) return nullptr;
    if (Chunk* const spare = ChunkList::FirstToHold(walk_.NextSpare(), request, kMaxLooks)) {
      return spare;
    }
    const std::size_t affordable = MinOf(size, walk_.store().Affordable());
    if (affordable < ChunkSizes::kSmallest || !Chunk::Holds(affordable, request)) return nullptr;
    return walk_.AddSpare(affordable);
  }

  void* AllocOversized(const Request& request) noexcept {
    OversizedChunks& oversized = walk_.store().oversized();
    const std::size_t size_class = SizeClassAbove(request.OversizedBytes());
    if (void* block = walk_.AllocFrom(oversized.Take(size_class), request)) return block;
    // What is never a spare needs no class.
    const std::size_t size =
        RetainsNothing() ? request.OversizedBytes() : SizeClassBytes(size_class);
    return walk_.AllocFrom(walk_.store().AddOversized(size), request);
  }

  // No chunk of the usual size is to be had: the limit is in the way, or upstream failed.
  void* AllocUnderPressure(const Request& request) noexcept {
    ChunkStore& store = walk_.store();
    const std::size_t bytes = request.OversizedBytes();
    // Do not spend a much larger chunk on the request: freeing it makes room for more.
    const std::size_t max = bytes <= kMaxSize / 4 ? 4 * bytes : kMaxSize;
    if (void* block = walk_.AllocFrom(store.oversized().TakeLarger(bytes, max), request)) {
      return block;
    }
    if (Chunk* const spare = FindSpare(request)) return walk_.AllocFrom(spare, request);
    if (bytes > store.Affordable()) {
      if (!MakeRoomBelowLimit(bytes)) return nullptr;
      if (void* block = AllocFromNextChunk(request)) return block;
      if (void* block = AllocOversized(request)) return block;
    }
    if (void* block = walk_.AllocFrom(store.AddOversized(bytes), request)) return block;
    // Upstream has failed.
    return walk_.AllocFrom(store.oversized().TakeLarger(bytes, kMaxSize), request);
  }

  // The first spare that holds the request, however far behind.
  Chunk* FindSpare(const Request& request) const noexcept {
    return ChunkList::FirstToHold(walk_.NextSpare(), request, SIZE_MAX);
  }

  // A chunk behind the current one.
  Chunk* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > kMaxSize - kGranule) return nullptr;
    if (bytes > walk_.store().Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = AlignUp(bytes, kGranule);
    const std::size_t size = MaxOf(round, sizes_.Next(walk_.EnteredBytes()));
    return walk_.AddSpare(MinOf(size, walk_.store().Affordable()));
  }

  // Frees unused chunks until `bytes` more may be held; false, with nothing freed, when that cannot
  // be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    const ChunkStore& store = walk_.store();
    if (bytes > store.limit()) return false;
    std::size_t spare = store.SpareBytes(walk_.NextSpare());
    if (walk_.MayGrow()) {
      spare += AlignDown(walk_.Room(), kGranule);
    } else if (CurrentMayGo()) {
      spare += walk_.current_chunk()->size();
    }
    if (Cap() - spare > store.limit() - bytes) return false;
    ShrinkTo(store.limit() - bytes);
    return true;
  }

  // Frees spares, and the unused end of a chunk that grows, until Cap() is at most `bytes` or none is
  // left. Requires a larger Cap().
  void FreeSpares(std::size_t bytes) noexcept {
    walk_.store().FreeSpares(walk_.current_chunk(), bytes, false);
    if (Cap() > bytes && walk_.MayGrow()) walk_.Cut(bytes);
  }

  // Frees what this round did not use while Cap is more than the documented multiple of `used`.
  ARENA_COLD void FreeUnused(std::size_t used) noexcept {
    if (!ChunkSizes::IsTooMuch(Cap(), used)) return;
    const std::size_t bytes = MaxOf(ChunkSizes::Retained(used), initial_cap_);
    walk_.store().FreeSpares(walk_.current_chunk(), bytes, true);
  }

  ChunkWalk walk_;
  ChunkSizes sizes_;
  std::size_t recent_use_ = 0;   // bytes that rounds before used; see ChunkSizes
  std::size_t initial_cap_ = 0;  // of a fresh arena; what Reset retains in any case
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP
