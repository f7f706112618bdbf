// SPDX-License-Identifier: Apache-2.0
//
// The buffers that a window moves through: how one lies in the block obtained from upstream, and
// the chain that keeps them in the order of their use.
//
//     block                          begin                                  end, 16-aligned
//     +--------------+---------------+--------------------------------------+-------+
//     | WindowBuffer | 0..63 to fit  | size usable bytes, exactly as asked   | 0..48 |
//     +--------------+---------------+--------------------------------------+-------+
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/cancellation.hpp"
#include "../core/sanitizer.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A block from upstream, kGranule-aligned; nullptr when upstream throws, whatever it throws, and
// when it answers nullptr, as one without exceptions does.
inline void* AllocateBlock(std::pmr::memory_resource& upstream, std::size_t bytes) noexcept {
  // Volatile, because allocate is declared never to return null: the check for it would be dropped.
  void* volatile block = nullptr;
  const CancellationHeldOff held_off;
#if ARENA_EXCEPTIONS
  try {
    block = upstream.allocate(bytes, kGranule);
  } catch (...) {
    return nullptr;
  }
#else
  block = upstream.allocate(bytes, kGranule);
#endif
  return block;
}

// Gives a block back, with the size it was asked for with.
inline void DeallocateBlock(std::pmr::memory_resource& upstream, void* block,
                            std::size_t bytes) noexcept {
  MarkAllocated(block, bytes);
  const CancellationHeldOff held_off;
  upstream.deallocate(block, bytes, kGranule);
}

// What a buffer has to hold.
struct Request {
  std::size_t size;  // as asked
  std::size_t need;  // with the red zone
  std::size_t alignment;

  // The usable bytes of a dedicated buffer that holds it, wherever that lies.
  std::size_t Dedicated() const noexcept {
    return need + (alignment > kGranule ? alignment - 1 : 0);
  }
};

// The header of a buffer that the window moves through. It lies at the start of its block, except
// for the caller's buffer, whose header is part of the arena.
struct alignas(kGranule) WindowBuffer {
  // From this size on the usable bytes end, and for round sizes begin, on a cache line: objects of
  // 64 bytes then do not straddle two.
  static constexpr std::size_t kLineAlignedFrom = 4096;
  static constexpr std::size_t kLine = 64;

  WindowBuffer* next = nullptr;
  WindowBuffer* prev = nullptr;
  std::byte* begin = nullptr;
  std::byte* end = nullptr;  // a multiple of kGranule

  // Where the window stood when it left this buffer: handed out before, cleanup records behind, and
  // a tail between. For pictures of an arena only.
  std::byte* left_cursor = nullptr;
  std::byte* left_limit = nullptr;

  std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }

  static constexpr std::size_t EndAlignment(std::size_t size) noexcept {
    return size < kLineAlignedFrom ? kGranule : kLine;
  }

  // What upstream is asked for, for a buffer of `size` usable bytes.
  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return AlignUp(sizeof(WindowBuffer) + size, kGranule) + (EndAlignment(size) - kGranule);
  }

  // nullptr when there is no memory, or none of that size.
  static WindowBuffer* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - 2 * kLine - sizeof(WindowBuffer)) return nullptr;
    const std::size_t bytes = BlockBytes(size);
    void* const block = AllocateBlock(upstream, bytes);
    if (block == nullptr) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    auto* const end =
        static_cast<std::byte*>(block) + (AlignDown(start + bytes, EndAlignment(size)) - start);
    auto* const buffer = ::new (block) WindowBuffer;
    buffer->begin = end - size;
    buffer->end = end;
    MarkFree(buffer->begin, size);
    return buffer;
  }

  static void Destroy(std::pmr::memory_resource& upstream, WindowBuffer* buffer) noexcept {
    DeallocateBlock(upstream, buffer, BlockBytes(buffer->size()));
  }

  // Whether a fresh buffer of `size` bytes holds the request. Decided by sizes alone, never by
  // where upstream happened to put the buffer, so that equal cycles stay equal.
  static constexpr bool Holds(std::size_t size, std::size_t request,
                              std::size_t alignment) noexcept {
    // The end is kGranule-aligned, so the size tells the padding of small alignments.
    const std::size_t padding = alignment <= kGranule ? size & (alignment - 1) : alignment - 1;
    return padding <= size && request <= size - padding;
  }
};

// Buffers in the order in which the window enters them. Does not own them.
class WindowChain {
 public:
  WindowBuffer* first() const noexcept { return first_; }
  WindowBuffer* last() const noexcept { return last_; }
  std::byte* first_begin() const noexcept { return first_begin_; }
  std::byte* first_end() const noexcept { return first_end_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

  // The first one from `buffer` on that holds such a request while it is unused; null when there is
  // none. O(buffers).
  static WindowBuffer* FirstToHold(WindowBuffer* buffer, std::size_t need,
                                   std::size_t alignment) noexcept {
    while (buffer != nullptr && !WindowBuffer::Holds(buffer->size(), need, alignment))
      buffer = buffer->next;
    return buffer;
  }

  // Marks the buffers from `first` to `last` as free; none when that is null.
  static void MarkFree(const WindowBuffer* first, const WindowBuffer* last) noexcept {
    for (const WindowBuffer* buffer = last != nullptr ? first : nullptr; buffer != nullptr;
         buffer = buffer->next) {
      detail::MarkFree(buffer->begin, buffer->size());
      if (buffer == last) return;
    }
  }

  // Puts the buffer behind `position`, or first when that is null.
  void InsertAfter(WindowBuffer* position, WindowBuffer* buffer) noexcept {
    buffer->prev = position;
    buffer->next = position != nullptr ? position->next : first_;
    if (buffer->prev == nullptr) NoteFirst(buffer);
    (buffer->prev != nullptr ? buffer->prev->next : first_) = buffer;
    (buffer->next != nullptr ? buffer->next->prev : last_) = buffer;
    bytes_ += buffer->size();
    ++count_;
  }

  void Remove(WindowBuffer* buffer) noexcept {
    if (buffer->prev == nullptr) NoteFirst(buffer->next);
    (buffer->prev != nullptr ? buffer->prev->next : first_) = buffer->next;
    (buffer->next != nullptr ? buffer->next->prev : last_) = buffer->prev;
    bytes_ -= buffer->size();
    --count_;
  }

 private:
  void NoteFirst(const WindowBuffer* first) noexcept {
    first_begin_ = first != nullptr ? first->begin : nullptr;
    first_end_ = first != nullptr ? first->end : nullptr;
  }

  WindowBuffer* first_ = nullptr;
  WindowBuffer* last_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  // Those of first_, or null: where every round begins, and the header of that buffer has left the
  // caches by then if the arena is large. Not asserted where they are read: that would read it.
  std::byte* first_begin_ = nullptr;
  std::byte* first_end_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_HPP
