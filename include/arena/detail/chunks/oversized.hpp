// SPDX-License-Identifier: Apache-2.0
//
// Buffers that serve one large request each, beside the window, and are kept by size class.
//
// The buffers of a class are a list: first those taken, in the order of taking, then the unused.
// The first of the list is its head and carries the two positions; the heads hang in a small hash
// table. Reset only raises an epoch: a head with an older one has all its buffers unused. So
// taking, giving back and forgetting all are O(1), whatever the number of buffers.
#ifndef ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
#define ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../core/sanitizer.hpp"
#include "chunk.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The header of a dedicated buffer, at the start of its block; the usable bytes follow it.
struct alignas(kGranule) DedicatedBuffer {
  std::size_t size = 0;                     // usable bytes, at least those of its class
  DedicatedBuffer* next = nullptr;          // in its class
  DedicatedBuffer* prev = nullptr;          // in its class
  DedicatedBuffer* taken_before = nullptr;  // the one taken before this one, of any class

  // In the head of a class only.
  DedicatedBuffer* next_head = nullptr;   // with the same hash
  DedicatedBuffer* unused = nullptr;      // the first that is not taken
  DedicatedBuffer* last_taken = nullptr;  // the one before it; null when none is taken
  std::uint64_t epoch = 0;                // when the two above were true

  std::byte* begin() noexcept {
    return reinterpret_cast<std::byte*>(this) + sizeof(DedicatedBuffer);
  }

  static DedicatedBuffer* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - sizeof(DedicatedBuffer)) return nullptr;
    void* const block = AllocateBlock(upstream, sizeof(DedicatedBuffer) + size);
    if (block == nullptr) return nullptr;
    auto* const buffer = ::new (block) DedicatedBuffer;
    buffer->size = size;
    MarkFree(buffer->begin(), size);
    return buffer;
  }

  static void Destroy(std::pmr::memory_resource& upstream, DedicatedBuffer* buffer) noexcept {
    DeallocateBlock(upstream, buffer, sizeof(DedicatedBuffer) + buffer->size);
  }
};

class DedicatedBuffers {
 public:
  std::size_t count() const noexcept { return count_; }

  // The one taken last; a scope remembers it and hands it to GiveBackSince.
  DedicatedBuffer* last_taken() const noexcept { return last_taken_; }

  // Takes an unused buffer of exactly this class; null when there is none.
  DedicatedBuffer* Take(std::size_t size_class) noexcept {
    DedicatedBuffer* const head = Head(size_class);
    if (head == nullptr || head->unused == nullptr) return nullptr;
    return TakeFirstUnused(head);
  }

  // Takes an unused buffer of `size` to about `most` bytes, of the smallest class that has one;
  // null when there is none. O(classes), and O(buffers of the class) where sizes in it differ.
  DedicatedBuffer* TakeLarger(std::size_t size, std::size_t most) noexcept {
    if (count_ == 0) return nullptr;
    const std::size_t exact = SizeClassAbove(size);
    for (std::size_t size_class = SizeClassBelow(size); size_class <= SizeClassAbove(most);
         ++size_class) {
      DedicatedBuffer* const head = Head(size_class);
      if (head == nullptr) continue;
      DedicatedBuffer* fit = head->unused;
      if (size_class < exact) {
        while (fit != nullptr && fit->size < size) fit = fit->next;
      }
      if (fit == nullptr) continue;
      if (fit == head->unused) return TakeFirstUnused(head);
      // Now neither is the head of the class: both lie behind its first unused buffer.
      Unlink(fit);
      LinkBefore(head->unused, fit, head);
      return TakeFirstUnused(Head(size_class));
    }
    return nullptr;
  }

  // Adds a new buffer, as taken.
  void AddTaken(DedicatedBuffer* buffer) noexcept {
    const std::size_t size_class = SizeClassBelow(buffer->size);
    DedicatedBuffer* head = Head(size_class);
    ++count_;
    if (head == nullptr) {
      head = buffer;
      head->epoch = epoch_;
      head->next_head = heads_[Slot(size_class)];
      heads_[Slot(size_class)] = head;
    } else if (head->last_taken != nullptr) {
      LinkAfter(head->last_taken, buffer);
    } else {
      // Every buffer of the class is unused: the new one becomes the head.
      DedicatedBuffer** const place = PlaceOf(head);
      buffer->next_head = head->next_head;
      buffer->unused = head;
      buffer->epoch = epoch_;
      buffer->next = head;
      head->prev = buffer;
      *place = buffer;
      head = buffer;
    }
    MarkTaken(head, buffer);
  }

  // Makes unused what was taken since `mark` was the last one.
  void GiveBackSince(DedicatedBuffer* mark) noexcept {
    while (last_taken_ != mark) {
      DedicatedBuffer* const buffer = last_taken_;
      DedicatedBuffer* const head = Head(SizeClassBelow(buffer->size));
      ARENA_ASSERT(head->last_taken == buffer &&
                   "dedicated buffers are given back in reverse order");
      head->unused = buffer;
      head->last_taken = buffer->prev;
      last_taken_ = buffer->taken_before;
      MarkFree(buffer->begin(), buffer->size);
    }
  }

  // Makes all of them unused. O(1) but for the marking of an instrumented build.
  void GiveBackAll() noexcept {
    if constexpr (kInstrumented) {
      for (DedicatedBuffer* taken = last_taken_; taken != nullptr; taken = taken->taken_before) {
        MarkFree(taken->begin(), taken->size);
      }
    }
    ++epoch_;
    last_taken_ = nullptr;
  }

  // Destroys unused buffers, the largest classes first, for as long as `wanted(cap)` says so; `cap`
  // is lowered by each.
  template <class Predicate>
  void DestroyUnused(std::pmr::memory_resource& upstream, std::size_t* cap,
                     Predicate wanted) noexcept {
    for (std::size_t size_class = SizeClassAbove(kMaxSize) + 1; size_class-- > 0 && wanted(*cap);) {
      DedicatedBuffer* head = Head(size_class);
      while (head != nullptr && head->unused != nullptr && wanted(*cap)) {
        DedicatedBuffer* const buffer = head->unused;
        head->unused = buffer->next;
        if (buffer == head) {
          DedicatedBuffer* const heir = head->next;
          DedicatedBuffer** const place = PlaceOf(head);
          *place = heir != nullptr ? heir : head->next_head;
          if (heir != nullptr) {
            heir->next_head = head->next_head;
            heir->unused = heir;
            heir->last_taken = nullptr;
            heir->epoch = epoch_;
          }
          head = heir;
        }
        Unlink(buffer);
        *cap -= buffer->size;
        --count_;
        DedicatedBuffer::Destroy(upstream, buffer);
      }
    }
  }

  // Calls visit(buffer) for each, taken or not; it may destroy the buffer if it destroys them all.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (DedicatedBuffer* slot : heads_) {
      for (DedicatedBuffer* head = slot; head != nullptr;) {
        DedicatedBuffer* const next_head = head->next_head;
        for (DedicatedBuffer* buffer = head; buffer != nullptr;) {
          DedicatedBuffer* const next = buffer->next;
          visit(buffer);
          buffer = next;
        }
        head = next_head;
      }
    }
  }

  // Bytes in buffers that are not taken. O(buffers).
  std::size_t UnusedBytes() noexcept {
    std::size_t bytes = 0;
    for (std::size_t size_class = 0; size_class <= SizeClassAbove(kMaxSize); ++size_class) {
      DedicatedBuffer* const head = Head(size_class);
      for (auto* buffer = head != nullptr ? head->unused : nullptr; buffer != nullptr;
           buffer = buffer->next) {
        bytes += buffer->size;
      }
    }
    return bytes;
  }

 private:
  static constexpr std::size_t kSlots = 16;

  static std::size_t Slot(std::size_t size_class) noexcept { return size_class % kSlots; }

  // The head of a class, its positions brought up to this epoch; null when there is no such class.
  DedicatedBuffer* Head(std::size_t size_class) noexcept {
    for (DedicatedBuffer* head = heads_[Slot(size_class)]; head != nullptr;
         head = head->next_head) {
      if (SizeClassBelow(head->size) != size_class) continue;
      if (head->epoch != epoch_) {
        head->epoch = epoch_;
        head->unused = head;
        head->last_taken = nullptr;
      }
      return head;
    }
    return nullptr;
  }

  // Where the hash table points to this head.
  DedicatedBuffer** PlaceOf(const DedicatedBuffer* head) noexcept {
    DedicatedBuffer** place = &heads_[Slot(SizeClassBelow(head->size))];
    while (*place != head) place = &(*place)->next_head;
    return place;
  }

  DedicatedBuffer* TakeFirstUnused(DedicatedBuffer* head) noexcept {
    DedicatedBuffer* const buffer = head->unused;
    MarkTaken(head, buffer);
    return buffer;
  }

  void MarkTaken(DedicatedBuffer* head, DedicatedBuffer* buffer) noexcept {
    head->last_taken = buffer;
    head->unused = buffer->next;
    buffer->taken_before = last_taken_;
    last_taken_ = buffer;
  }

  static void Unlink(DedicatedBuffer* buffer) noexcept {
    if (buffer->prev != nullptr) buffer->prev->next = buffer->next;
    if (buffer->next != nullptr) buffer->next->prev = buffer->prev;
    buffer->next = buffer->prev = nullptr;
  }

  static void LinkAfter(DedicatedBuffer* position, DedicatedBuffer* buffer) noexcept {
    buffer->prev = position;
    buffer->next = position->next;
    if (buffer->next != nullptr) buffer->next->prev = buffer;
    position->next = buffer;
  }

  // Makes `buffer`, unlinked, the first unused one of the class.
  void LinkBefore(DedicatedBuffer* position, DedicatedBuffer* buffer,
                  DedicatedBuffer* head) noexcept {
    if (position != head) {
      LinkAfter(position->prev, buffer);
      head->unused = buffer;
      return;
    }
    DedicatedBuffer** const place = PlaceOf(head);
    buffer->next_head = head->next_head;
    buffer->epoch = epoch_;
    buffer->unused = buffer;
    buffer->last_taken = nullptr;
    buffer->prev = nullptr;
    buffer->next = head;
    head->prev = buffer;
    *place = buffer;
  }

  DedicatedBuffer* heads_[kSlots] = {};
  DedicatedBuffer* last_taken_ = nullptr;
  std::uint64_t epoch_ = 1;
  std::size_t count_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
