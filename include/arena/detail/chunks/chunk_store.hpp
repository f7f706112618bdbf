// SPDX-License-Identifier: Apache-2.0
//
// All chunks of an arena, including the initial one over the caller's buffer or over memory that grows
// in place, and their account: Cap and the limit. ChunkPolicy decides which chunk serves which request.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <utility>

#include "../../config.hpp"
#include "../../monotonic_options.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/sanitizer.hpp"
#include "chunk.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Memory that an initial chunk lies over and that grows in place. The usable bytes are
// [base(), base() + size), for a size that starts at 0 and that the ChunkStore remembers.
class GrowingMemory {
 public:
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;

  // A multiple of kGranule that never changes.
  virtual std::byte* base() const noexcept = 0;

  // Makes at least `min` and at most `max` bytes usable, and returns how many; 0, with nothing
  // changed, when that cannot be. `min` is more than were usable before. All sizes are multiples of
  // kGranule.
  virtual std::size_t Grow(std::size_t min, std::size_t max) noexcept = 0;

  // Makes just `size` bytes usable, fewer than before; what lay behind them is lost.
  virtual void Shrink(std::size_t size) noexcept = 0;

 protected:
  GrowingMemory() = default;
  ~GrowingMemory() = default;
};

class ChunkStore {
 public:
  // Starts with the initial chunk alone: over options.initial_buffer, or of 0 bytes over `growing` if
  // that is not null.
  ChunkStore(const MonotonicArenaOptions& options, GrowingMemory* growing) noexcept
      : upstream_(options.upstream != nullptr ? options.upstream
                                              : std::pmr::get_default_resource()),
        limit_(options.limit),
        retain_(options.retain),
        initial_(options.initial_buffer),
        growing_(growing) {
    AdoptInitial();
  }

  // Frees all chunks. The caller may then use the initial buffer for anything.
  ~ChunkStore() {
    FreeEverything();
    MarkAllocated(initial_.data(), initial_.size());
  }

  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  std::size_t cap() const noexcept { return cap_; }
  std::size_t limit() const noexcept { return limit_; }

  // How many bytes the next round finds at most, the initial buffer aside.
  std::size_t retain() const noexcept { return retain_; }
  bool HoldsTooMuch() const noexcept { return cap_ > retain_; }

  // How many bytes of chunks the limit still allows; 0 when the initial buffer alone is above it.
  std::size_t Affordable() const noexcept { return limit_ > cap_ ? limit_ - cap_ : 0; }

  ChunkList& list() noexcept { return list_; }
  const ChunkList& list() const noexcept { return list_; }
  OversizedChunks& oversized() noexcept { return oversized_; }
  const OversizedChunks& oversized() const noexcept { return oversized_; }

  bool HasInitial() const noexcept { return !initial_.empty(); }
  bool IsInitial(const Chunk* chunk) const noexcept { return chunk == &initial_chunk_; }

  // Whether the initial chunk grows in place. It is then in the list from the start, of 0 bytes.
  bool InitialGrows() const noexcept { return growing_ != nullptr; }

  // Makes the initial chunk, which grows, at least `size` bytes large, a multiple of kGranule; false,
  // with nothing changed, when the limit or the system forbids it. Its new bytes are not marked.
  bool GrowInitial(std::size_t size) noexcept {
    const std::size_t max = AlignDown(initial_.size() + Affordable(), kGranule);
    if (size > max) return false;
    const std::size_t grown = growing_->Grow(size, max);
    if (grown == 0) return false;
    SetInitialSize(grown);
    return true;
  }

  // Frees the end of the initial chunk, which grows: it is `size` bytes large then, a multiple of
  // kGranule.
  void ShrinkInitial(std::size_t size) noexcept {
    MarkAllocated(initial_.data() + size, initial_.size() - size);
    growing_->Shrink(size);
    SetInitialSize(size);
  }

  // Bytes behind the last granule boundary of the initial buffer, which cannot be used.
  std::size_t InitialWaste() const noexcept { return initial_.size() - initial_chunk_.size(); }

  // How many chunks there are, including an initial one that is too small to be used.
  std::size_t Count() const noexcept {
    const std::size_t unusable = HasInitial() && initial_chunk_.size() == 0 ? 1 : 0;
    return list_.count() + oversized_.count() + unusable;
  }

  // Whether chunks were returned upstream, or may have been.
  bool HasFreed() const noexcept { return has_freed_; }

  // Whether there is just one chunk, and Reset may retain it. O(1), and a single load.
  bool HasOneToRetain() const noexcept { return one_to_retain_; }

  // Moves the chunk in which every round starts to the front of the list, and returns it; null when
  // there is none. A round may have put a chunk before it, and an equal round has to start in the
  // same one.
  Chunk* StartRound() noexcept {
    if (start_ != list_.first()) [[unlikely]]
      MoveStartToFront();
    return start_;
  }

  // Creates a chunk and puts it behind `position`, which is read only then: an upstream may have
  // the arena free chunks. Returns nullptr when the limit or upstream forbids it.
  Chunk* AddChunk(std::size_t size, Chunk* const& position) noexcept {
    Chunk* const chunk = Create<Chunk>(size);
    if (chunk == nullptr) return nullptr;
    list_.InsertAfter(position, chunk);
    NoteCount();
    return chunk;
  }

  // Creates an oversized chunk and takes it. Returns nullptr when the limit or upstream forbids it.
  OversizedChunk* AddOversized(std::size_t size) noexcept {
    OversizedChunk* const chunk = Create<OversizedChunk>(size);
    if (chunk == nullptr) return nullptr;
    oversized_.AddTaken(chunk);
    NoteCount();
    return chunk;
  }

  // Frees a chunk of the list that is not the initial one.
  void DestroyChunk(Chunk* chunk) noexcept {
    Drop(chunk);
    chunk->next = nullptr;
    NoteCount();
    Destroy(chunk);
  }

  // Frees spares until Cap is at most `bytes` or none is left: first oversized ones, the largest
  // first, then the chunks behind `last`, the last first. If `only_unused`, it retains the
  // chunks that this round used: oversized ones by their round, and the others because `bytes` is
  // then at least three times what the round used.
  void FreeSpares(const Chunk* last, std::size_t bytes, bool only_unused) noexcept {
    has_freed_ = true;
    OversizedChunk* const oversized = oversized_.DropSpares(&cap_, bytes, only_unused);
    Chunk* dropped = nullptr;
    for (Chunk* spare = list_.last(); spare != last && cap_ > bytes;) {
      Chunk* const before = spare->prev;
      if (!IsInitial(spare)) {
        Drop(spare);
        spare->next = std::exchange(dropped, spare);
      } else if (InitialGrows()) {
        ShrinkInitial(SizeForCap(bytes));
      }
      spare = before;
    }
    NoteCount();
    Destroy(oversized);
    Destroy(dropped);
  }

  // How large the initial chunk is to be for a Cap of `bytes`, rounded down to kGranule; 0 when the
  // other chunks are more.
  std::size_t SizeForCap(std::size_t bytes) const noexcept {
    const std::size_t others = cap_ - initial_.size();
    return bytes > others ? AlignDown(bytes - others, kGranule) : 0;
  }

  // How many bytes FreeSpares could free if `spare` were the first chunk behind the current one.
  // O(chunks).
  std::size_t SpareBytes(const Chunk* spare) const noexcept {
    std::size_t bytes = oversized_.spare_bytes();
    for (; spare != nullptr; spare = spare->next) {
      if (!IsInitial(spare) || InitialGrows()) bytes += spare->size();
    }
    return bytes;
  }

  // Frees all chunks except the initial one, which is unused afterwards.
  void FreeAll() noexcept {
    has_freed_ = true;
    FreeEverything();
    AdoptInitial();
  }

  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const auto within = [address](const std::byte* begin, std::size_t size) {
      return address - reinterpret_cast<std::uintptr_t>(begin) < size;
    };
    if (within(initial_.data(), initial_.size())) return true;
    for (Chunk* chunk = list_.first(); chunk != nullptr; chunk = chunk->next) {
      if (within(chunk->begin, chunk->size())) return true;
    }
    bool found = false;
    oversized_.ForEach(
        [&](OversizedChunk* chunk) { found = found || within(chunk->begin(), chunk->size); });
    return found;
  }

 private:
  // After each change of the chunks: Reset asks for the result.
  void NoteCount() noexcept {
    one_to_retain_ = list_.count() == 1 && oversized_.count() == 0 && !HoldsTooMuch();
  }

  // A chunk of either kind, which the caller adds.
  template <class AnyChunk>
  ARENA_NOINLINE AnyChunk* Create(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    if (in_upstream_) Fail("arena: an upstream allocates from the arena that it serves");
    in_upstream_ = true;
    AnyChunk* const chunk = AnyChunk::Create(*upstream_, size);
    in_upstream_ = false;
    if (chunk != nullptr) cap_ += size;
    return chunk;
  }

  // Frees chunks that were dropped before: the arena is whole, whatever upstream does to it meanwhile.
  template <class AnyChunk>
  void Destroy(AnyChunk* chunk) noexcept {
    const bool was_in_upstream = std::exchange(in_upstream_, true);
    while (chunk != nullptr) {
      AnyChunk::Destroy(*upstream_, std::exchange(chunk, chunk->next));
    }
    in_upstream_ = was_in_upstream;
  }

  void Drop(Chunk* chunk) noexcept {
    list_.Remove(chunk);
    if (chunk == start_) start_ = nullptr;
    cap_ -= chunk->size();
  }

  ARENA_COLD void MoveStartToFront() noexcept {
    if (start_ != nullptr) {
      list_.Remove(start_);
      list_.InsertAfter(nullptr, start_);
    }
    start_ = list_.first();
  }

  void FreeEverything() noexcept {
    // Before upstream is called: it finds an arena without chunks.
    const OversizedChunks oversized = std::exchange(oversized_, {});
    Chunk* chunks = std::exchange(list_, {}).first();
    start_ = nullptr;
    const bool was_in_upstream = std::exchange(in_upstream_, true);
    oversized.ForEach(
        [this](OversizedChunk* chunk) { OversizedChunk::Destroy(*upstream_, chunk); });
    while (chunks != nullptr) {
      Chunk* const chunk = std::exchange(chunks, chunks->next);
      if (!IsInitial(chunk)) Chunk::Destroy(*upstream_, chunk);
    }
    in_upstream_ = was_in_upstream;
    if (InitialGrows() && !initial_.empty()) {
      MarkAllocated(initial_.data(), initial_.size());
      growing_->Shrink(0);
    }
  }

  void SetInitialSize(std::size_t size) noexcept {
    cap_ = cap_ - initial_.size() + size;
    initial_ = {initial_.data(), size};
    list_.SetEnd(&initial_chunk_, initial_chunk_.begin + size);
    NoteCount();
  }

  // Puts the initial chunk into the empty list. It begins where the buffer does, at any alignment,
  // and ends at the buffer's last granule boundary.
  void AdoptInitial() noexcept {
    if (InitialGrows()) initial_ = {growing_->base(), 0};
    cap_ = initial_.size();
    one_to_retain_ = false;
    const auto begin = reinterpret_cast<std::uintptr_t>(initial_.data());
    const std::uintptr_t end = AlignDown(begin + initial_.size(), kGranule);
    MarkFree(initial_.data(), initial_.size());
    if (end <= begin && !InitialGrows()) return;
    initial_chunk_.begin = initial_.data();
    initial_chunk_.end = initial_.data() + (end - begin);
    list_.InsertAfter(nullptr, &initial_chunk_);
    NoteCount();
  }

  std::pmr::memory_resource* upstream_;
  std::size_t limit_;
  std::size_t retain_;
  std::size_t cap_ = 0;  // sum of initial_.size() and the sizes of all other chunks
  std::span<std::byte> initial_;
  GrowingMemory* growing_;  // what initial_ is the usable part of; null: the caller's buffer
  Chunk initial_chunk_{};   // in list_ unless its size is 0 and stays so
  ChunkList list_{};
  Chunk* start_ = nullptr;  // where rounds start, in list_; null stands for the first of list_
  OversizedChunks oversized_{};
  bool one_to_retain_ = false;  // see HasOneToRetain
  bool in_upstream_ = false;    // a call of upstream has not returned yet
  bool has_freed_ = false;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
