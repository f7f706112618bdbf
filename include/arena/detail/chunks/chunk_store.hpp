// SPDX-License-Identifier: Apache-2.0
//
// All the buffers of an arena, the caller's included, and the account of what they hold: Cap and
// the limit. Which buffer serves which request is not decided here.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/sanitizer.hpp"
#include "chunk.hpp"
#include "oversized.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class BufferStore {
 public:
  // Starts with the caller's buffer alone. Of a span that is const, g++ sees at once that its copy
  // constructor is meant; of another one it weighs the one for ranges, with all their concepts.
  BufferStore(std::pmr::memory_resource* upstream, std::size_t limit,
              const std::span<std::byte> callers) noexcept
      : upstream_(upstream != nullptr ? upstream : std::pmr::get_default_resource()),
        limit_(limit),
        callers_(callers) {
    AdoptCallers();
  }

  // Gives everything back; the caller's buffer may be used for anything again.
  ~BufferStore() {
    DestroyAll();
    MarkAllocated(callers_.data(), callers_.size());
  }

  BufferStore(const BufferStore&) = delete;
  BufferStore& operator=(const BufferStore&) = delete;

  std::size_t cap() const noexcept { return cap_; }
  std::size_t limit() const noexcept { return limit_; }

  // What may still be taken from upstream; 0 when the caller's buffer alone is over the limit.
  std::size_t Affordable() const noexcept { return limit_ > cap_ ? limit_ - cap_ : 0; }

  WindowChain& chain() noexcept { return chain_; }
  const WindowChain& chain() const noexcept { return chain_; }
  DedicatedBuffers& dedicated() noexcept { return dedicated_; }
  const DedicatedBuffers& dedicated() const noexcept { return dedicated_; }

  bool HasCallers() const noexcept { return !callers_.empty(); }
  bool IsCallers(const WindowBuffer* buffer) const noexcept { return buffer == &callers_buffer_; }

  // The bytes at the unaligned end of the caller's buffer, which cannot be used.
  std::size_t CallersTail() const noexcept { return callers_.size() - callers_buffer_.size(); }

  // How many buffers there are, one that is too small to be used included.
  std::size_t Count() const noexcept {
    const std::size_t unusable = HasCallers() && callers_buffer_.size() == 0 ? 1 : 0;
    return chain_.count() + dedicated_.count() + unusable;
  }

  // A new buffer for the window, counted but not yet in the chain; null when the limit or upstream
  // forbids it.
  WindowBuffer* CreateOrdinary(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    WindowBuffer* const buffer = WindowBuffer::Create(*upstream_, size);
    if (buffer != nullptr) cap_ += size;
    return buffer;
  }

  // The same, put behind `position`.
  WindowBuffer* AddWindow(std::size_t size, WindowBuffer* position) noexcept {
    WindowBuffer* const buffer = CreateOrdinary(size);
    if (buffer != nullptr) chain_.InsertAfter(position, buffer);
    return buffer;
  }

  // A new dedicated buffer, as taken; null when the limit or upstream forbids it.
  DedicatedBuffer* AddDedicated(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    DedicatedBuffer* const buffer = DedicatedBuffer::Create(*upstream_, size);
    if (buffer == nullptr) return nullptr;
    cap_ += size;
    dedicated_.AddTaken(buffer);
    return buffer;
  }

  // Gives a buffer of the chain back, which is not the caller's.
  void DestroyWindow(WindowBuffer* buffer) noexcept {
    chain_.Remove(buffer);
    cap_ -= buffer->size();
    WindowBuffer::Destroy(*upstream_, buffer);
  }

  // Gives the buffers behind `current` back, the last first, until Cap is at most `bytes` or none
  // is left. The caller's buffer stays.
  void DestroySpares(const WindowBuffer* current, std::size_t bytes) noexcept {
    for (WindowBuffer* spare = chain_.last(); spare != current && cap_ > bytes;) {
      WindowBuffer* const before = spare->prev;
      if (!IsCallers(spare)) DestroyWindow(spare);
      spare = before;
    }
  }

  // Gives unused dedicated buffers back until Cap is at most `bytes` or none is left.
  void DestroyUnusedDedicated(std::size_t bytes) noexcept {
    dedicated_.DestroyUnused(*upstream_, &cap_, [bytes](std::size_t cap) { return cap > bytes; });
  }

  // What DestroySpares, from this spare on, and DestroyUnusedDedicated could give back. O(buffers).
  std::size_t UnusedBytes(const WindowBuffer* spare) noexcept {
    std::size_t unused = dedicated_.UnusedBytes();
    for (; spare != nullptr; spare = spare->next) {
      if (!IsCallers(spare)) unused += spare->size();
    }
    return unused;
  }

  // Gives everything back but the caller's buffer, which starts anew.
  void DestroyAllButCallers() noexcept {
    DestroyAll();
    AdoptCallers();
  }

  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const auto within = [address](const std::byte* begin, std::size_t size) {
      return address - reinterpret_cast<std::uintptr_t>(begin) < size;
    };
    if (within(callers_.data(), callers_.size())) return true;
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr; buffer = buffer->next) {
      if (within(buffer->begin, buffer->size())) return true;
    }
    bool found = false;
    dedicated_.ForEach(
        [&](DedicatedBuffer* buffer) { found = found || within(buffer->begin(), buffer->size); });
    return found;
  }

 private:
  void DestroyAll() noexcept {
    dedicated_.ForEach(
        [this](DedicatedBuffer* buffer) { DedicatedBuffer::Destroy(*upstream_, buffer); });
    dedicated_ = {};
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr;) {
      WindowBuffer* const next = buffer->next;
      if (!IsCallers(buffer)) WindowBuffer::Destroy(*upstream_, buffer);
      buffer = next;
    }
    chain_ = {};
  }

  // Puts the caller's storage into the empty chain: its end rounded down, its begin as it is.
  void AdoptCallers() noexcept {
    cap_ = callers_.size();
    const auto begin = reinterpret_cast<std::uintptr_t>(callers_.data());
    const std::uintptr_t end = AlignDown(begin + callers_.size(), kGranule);
    MarkFree(callers_.data(), callers_.size());
    if (end <= begin) return;
    callers_buffer_.begin = callers_.data();
    callers_buffer_.end = callers_.data() + (end - begin);
    chain_.InsertAfter(nullptr, &callers_buffer_);
  }

  std::pmr::memory_resource* upstream_;
  std::size_t limit_;
  std::size_t cap_ = 0;           // the sizes of all buffers and of callers_
  std::span<std::byte> callers_;  // all of it counts in cap_
  WindowBuffer callers_buffer_;   // in chain_ when it has a byte to use
  WindowChain chain_;
  DedicatedBuffers dedicated_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
