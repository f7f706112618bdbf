// SPDX-License-Identifier: Apache-2.0
//
// Chunks that serve one large request each, outside the window, and are retained by size class.
//
//     taken    newest -> ... -> oldest; Reset makes it the pending list in O(1)
//     pending  taken in an earlier round; the next Take sorts them into the spares
//     spares   a list for each size class, smallest first; a small hash table has the first chunks
//
// Each chunk returns to the list that it was taken from, newest first, so equal rounds take equal
// chunks.
#ifndef ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
#define ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/sanitizer.hpp"
#include "chunk.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The header of an oversized chunk, at the start of its block. The usable bytes follow, and then
// one unused byte (see chunk.hpp).
struct alignas(kGranule) OversizedChunk {
  std::size_t size = 0;                  // usable bytes, at least the lower bound of its class
  OversizedChunk* next = nullptr;        // a chunk is in one list at a time
  OversizedChunk* next_class = nullptr;  // first chunk of the next class in the hash slot
  std::uint64_t round = 0;               // the latest in which it was taken

  std::byte* begin() noexcept {
    return reinterpret_cast<std::byte*>(this) + sizeof(OversizedChunk);
  }

  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return sizeof(OversizedChunk) + size + 1;
  }

  // Returns nullptr when there is no memory or the size is too large.
  static OversizedChunk* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - BlockBytes(0)) return nullptr;
    void* const block = AllocateBlock(upstream, BlockBytes(size));
    if (block == nullptr) return nullptr;
    auto* const chunk = ::new (block) OversizedChunk;
    chunk->size = size;
    MarkFree(chunk->begin(), size + 1);
    return chunk;
  }

  static void Destroy(std::pmr::memory_resource& upstream, OversizedChunk* chunk) noexcept {
    DeallocateBlock(upstream, chunk, BlockBytes(chunk->size));
  }
};

class OversizedChunks {
 public:
  std::size_t count() const noexcept { return count_; }
  std::size_t spare_bytes() const noexcept { return spare_bytes_; }

  // Bytes of the chunks that were taken in this round, each counted once.
  std::size_t used_bytes() const noexcept { return used_bytes_; }

  // The newest chunk that is taken. A scope remembers it for RetainSince.
  OversizedChunk* taken() const noexcept { return taken_; }

  // Takes a spare of exactly this class; null when there is none. Amortised O(1): it also sorts the
  // chunks that the last round took.
  OversizedChunk* Take(std::size_t size_class) noexcept {
    SortPending();
    OversizedChunk** const first = FirstOf(size_class);
    return *first != nullptr ? MarkTaken(Remove(first, first)) : nullptr;
  }

  // Takes the smallest spare of `size` to about `max` bytes; null when there is none. O(classes +
  // chunks of the class that are smaller than `size`).
  OversizedChunk* TakeLarger(std::size_t size, std::size_t max) noexcept {
    if (spare_bytes_ < size) return nullptr;
    SortPending();
    for (std::size_t size_class = SizeClassBelow(size); size_class <= SizeClassAbove(max);
         ++size_class) {
      OversizedChunk** const first = FirstOf(size_class);
      OversizedChunk** link = first;
      while (*link != nullptr && (*link)->size < size) link = &(*link)->next;
      if (*link != nullptr) return MarkTaken(Remove(first, link));
    }
    return nullptr;
  }

  // Adds a new chunk and takes it. Upstream may have had the arena reset since a Take found none.
  void AddTaken(OversizedChunk* chunk) noexcept {
    SortPending();
    ++count_;
    spare_bytes_ += chunk->size;
    MarkTaken(chunk);
  }

  // Makes spares of the chunks that were taken since `mark` was the newest.
  void RetainSince(const OversizedChunk* mark) noexcept {
    while (taken_ != mark) {
      OversizedChunk* const chunk = std::exchange(taken_, taken_->next);
      MarkFree(chunk->begin(), chunk->size);
      spare_bytes_ += chunk->size;
      taken_bytes_ -= chunk->size;
      AddSpare(chunk);
    }
  }

  // Makes spares of all chunks, and starts a round. O(1) except in instrumented builds.
  void RetainAll() noexcept {
    if (used_bytes_ == 0) return;
    if constexpr (kInstrumented) {
      for (auto* chunk = taken_; chunk != nullptr; chunk = chunk->next) {
        MarkFree(chunk->begin(), chunk->size);
      }
    }
    if (taken_ != nullptr) {
      ARENA_ASSERT(pending_ == nullptr && "whoever takes a chunk sorts the pending ones");
      pending_ = std::exchange(taken_, nullptr);
    }
    spare_bytes_ += std::exchange(taken_bytes_, 0);
    used_bytes_ = 0;
    ++round_;
  }

  // Drops spares, the largest classes first, and subtracts their sizes from `*cap`, until that is at
  // most `bytes`; returns the first of them. If `only_unused`, it retains those that this round took.
  OversizedChunk* DropSpares(std::size_t* cap, std::size_t bytes, bool only_unused) noexcept {
    OversizedChunk* dropped = nullptr;
    if (spare_bytes_ == 0) return dropped;
    SortPending();
    for (std::size_t size_class = SizeClassAbove(kMaxSize) + 1; size_class != 0;) {
      --size_class;
      OversizedChunk** const first = FirstOf(size_class);
      for (OversizedChunk** link = first; *cap > bytes && IsOf(*link, size_class);) {
        if (only_unused && (*link)->round == round_) {
          link = &(*link)->next;
          continue;
        }
        OversizedChunk* const chunk = Remove(first, link);
        --count_;
        *cap -= chunk->size;
        spare_bytes_ -= chunk->size;
        if (chunk->round == round_) used_bytes_ -= chunk->size;
        chunk->next = std::exchange(dropped, chunk);
      }
    }
    return dropped;
  }

  // Calls visit(chunk) for every chunk. `visit` may destroy chunks, but then must destroy them all.
  template <class Visit>
  void ForEach(Visit visit) const {
    ForEachIn(taken_, visit);
    ForEachIn(pending_, visit);
    for (OversizedChunk* first : spares_) {
      while (first != nullptr) {
        OversizedChunk* const next_class = first->next_class;
        ForEachIn(first, visit);
        first = next_class;
      }
    }
  }

 private:
  static constexpr std::size_t kSlots = 8;

  static bool IsOf(const OversizedChunk* chunk, std::size_t size_class) noexcept {
    return chunk != nullptr && SizeClassBelow(chunk->size) == size_class;
  }

  template <class Visit>
  static void ForEachIn(OversizedChunk* chunk, Visit& visit) {
    while (chunk != nullptr) {
      OversizedChunk* const next = chunk->next;
      visit(chunk);
      chunk = next;
    }
  }

  // Returns the link to the first chunk of a class, or the null link at the end of the class's
  // slot.
  OversizedChunk** FirstOf(std::size_t size_class) noexcept {
    OversizedChunk** first = &spares_[size_class % kSlots];
    while (*first != nullptr && !IsOf(*first, size_class)) first = &(*first)->next_class;
    return first;
  }

  // Removes the chunk at `link` from its class, whose first chunk is at `first`.
  static OversizedChunk* Remove(OversizedChunk** first, OversizedChunk** link) noexcept {
    OversizedChunk* const chunk = *link;
    if (link != first) {
      *link = chunk->next;
    } else if (chunk->next != nullptr) {
      chunk->next->next_class = chunk->next_class;
      *first = chunk->next;
    } else {
      *first = chunk->next_class;
    }
    return chunk;
  }

  // Puts the chunk before those of its size. O(chunks of the class that are smaller).
  void AddSpare(OversizedChunk* chunk) noexcept {
    OversizedChunk** const first = FirstOf(SizeClassBelow(chunk->size));
    OversizedChunk** link = first;
    while (*link != nullptr && (*link)->size < chunk->size) link = &(*link)->next;
    if (link == first) chunk->next_class = *first != nullptr ? (*first)->next_class : nullptr;
    chunk->next = *link;
    *link = chunk;
  }

  void SortPending() noexcept {
    while (pending_ != nullptr) AddSpare(std::exchange(pending_, pending_->next));
  }

  OversizedChunk* MarkTaken(OversizedChunk* chunk) noexcept {
    spare_bytes_ -= chunk->size;
    taken_bytes_ += chunk->size;
    if (chunk->round != round_) used_bytes_ += chunk->size;
    chunk->round = round_;
    chunk->next = taken_;
    taken_ = chunk;
    return chunk;
  }

  OversizedChunk* spares_[kSlots] = {};
  OversizedChunk* taken_ = nullptr;    // newest first
  OversizedChunk* pending_ = nullptr;  // null while a chunk is taken: whoever takes one sorts it
  std::size_t count_ = 0;              // of all three kinds
  std::size_t spare_bytes_ = 0;        // pending ones included
  std::size_t taken_bytes_ = 0;
  std::size_t used_bytes_ = 0;  // chunks that a scope has returned included
  std::uint64_t round_ = 1;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
