// SPDX-License-Identifier: Apache-2.0
//
// The chunks that a window moves through: how a chunk lies in its block from upstream, and the list
// of chunks in the order of their use.
//
//     block   begin                                            end, 16-aligned
//     +-------+-----------+------------------------------------+----------+
//     | Chunk | 0 or more | size usable bytes, exactly as asked | 16 .. 64 |
//     +-------+-----------+------------------------------------+----------+
//
// No chunk uses the last byte of its block. The end of a child arena's chunk is therefore never the
// parent's cursor, and the parent never takes the child's newest allocation for its own.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/sanitizer.hpp"
#include "../core/upstream.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// An allocation that a chunk has to hold.
struct Request {
  std::size_t size;  // as asked
  std::size_t need;  // with the red zone
  std::size_t alignment;

  // How many usable bytes an oversized chunk needs to hold it at any address.
  std::size_t OversizedBytes() const noexcept {
    return need + (alignment > kGranule ? alignment - 1 : 0);
  }
};

// The header of a chunk. It lies at the start of its block, except for the initial chunk, whose
// header is part of the arena.
struct alignas(kGranule) Chunk {
  // Chunks of at least this size end on a cache line, and those of round sizes begin on one, so
  // that objects of 64 bytes do not straddle two.
  static constexpr std::size_t kLineAlignedFrom = 4096;
  static constexpr std::size_t kLine = 64;

  Chunk* next = nullptr;
  Chunk* prev = nullptr;
  std::byte* begin = nullptr;
  std::byte* end = nullptr;  // a multiple of kGranule

  std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }

  static constexpr std::size_t EndAlignment(std::size_t size) noexcept {
    return size < kLineAlignedFrom ? kGranule : kLine;
  }

  // Size of the block of a chunk with `size` usable bytes.
  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return AlignUp(sizeof(Chunk) + size, kGranule) + EndAlignment(size);
  }

  // Returns nullptr when there is no memory or the size is too large.
  static Chunk* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - 2 * kLine - sizeof(Chunk)) return nullptr;
    const std::size_t bytes = BlockBytes(size);
    void* const block = AllocateBlock(upstream, bytes);
    if (block == nullptr) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    // Rounding down from the last byte, not from the end, leaves that byte unused.
    const std::uintptr_t end = AlignDown(start + bytes - 1, EndAlignment(size));
    auto* const chunk = ::new (block) Chunk;
    chunk->end = static_cast<std::byte*>(block) + (end - start);
    chunk->begin = chunk->end - size;
    MarkFree(chunk + 1, bytes - sizeof(Chunk));
    return chunk;
  }

  static void Destroy(std::pmr::memory_resource& upstream, Chunk* chunk) noexcept {
    DeallocateBlock(upstream, chunk, BlockBytes(chunk->size()));
  }

  // Whether an unused chunk of `size` bytes holds the request. Only sizes decide, never the address
  // that upstream happened to return, so that equal rounds stay equal.
  static constexpr bool Holds(std::size_t size, const Request& request) noexcept {
    // The end is kGranule-aligned, so the size tells the padding of small alignments.
    const std::size_t padding =
        request.alignment <= kGranule ? size & (request.alignment - 1) : request.alignment - 1;
    return padding <= size && request.need <= size - padding;
  }
};

// Chunks in the order in which the window enters them. Does not own them.
class ChunkList {
 public:
  Chunk* first() const noexcept { return first_; }
  Chunk* last() const noexcept { return last_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

  // Looks at `max_count` chunks from `chunk` on and returns the first that holds the request while
  // it is unused, or null.
  static Chunk* FirstToHold(Chunk* chunk, const Request& request, std::size_t max_count) noexcept {
    for (; chunk != nullptr && max_count != 0; chunk = chunk->next, --max_count) {
      if (Chunk::Holds(chunk->size(), request)) return chunk;
    }
    return nullptr;
  }

  // Puts the chunk behind `position`, or first when that is null.
  void InsertAfter(Chunk* position, Chunk* chunk) noexcept {
    chunk->prev = position;
    chunk->next = position != nullptr ? position->next : first_;
    (chunk->prev != nullptr ? chunk->prev->next : first_) = chunk;
    (chunk->next != nullptr ? chunk->next->prev : last_) = chunk;
    bytes_ += chunk->size();
    ++count_;
  }

  void Remove(Chunk* chunk) noexcept {
    (chunk->prev != nullptr ? chunk->prev->next : first_) = chunk->next;
    (chunk->next != nullptr ? chunk->next->prev : last_) = chunk->prev;
    bytes_ -= chunk->size();
    --count_;
  }

  // Moves the end of a chunk of the list.
  void SetEnd(Chunk* chunk, std::byte* end) noexcept {
    bytes_ -= chunk->size();
    chunk->end = end;
    bytes_ += chunk->size();
  }

 private:
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_HPP
