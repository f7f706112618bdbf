// SPDX-License-Identifier: Apache-2.0
//
// class MonotonicArena: the arena that owns its memory, in buffers that it obtains from upstream
// and keeps until Release.
//
//   chain_      [left]->[left]->[current: the window]->[spare]->[spare]     ordinary buffers
//   dedicated_  one buffer for each request too large for the window, kept by size class
#ifndef ARENA_MONOTONIC_ARENA_HPP
#define ARENA_MONOTONIC_ARENA_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <span>

#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/align.hpp"
#include "detail/arena_access.hpp"
#include "detail/assert.hpp"
#include "detail/buffer_chain.hpp"
#include "detail/dedicated_buffers.hpp"
#include "detail/sanitizer.hpp"
#include "fwd.hpp"
#include "monotonic_options.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// What a scope puts back when it ends.
struct ScopeMark {
  ScopeMark* outer;
  std::uint64_t id;
  WindowBuffer* buffer;
  ArenaAccess::Window window;
  std::byte* window_begin;
  ArenaAccess::Address newest_record;
  DedicatedBuffer* last_dedicated;
  std::size_t left_len, left_records, left_tails, aside;
};

}  // namespace detail

/// An arena over buffers that it takes from an upstream resource, keeps through Reset, and gives
/// back at Release or in its destructor.
///
/// A fresh one holds one buffer of 32 KiB. When its window is full it moves on to the next buffer;
/// a request that would leave too much behind, or is larger than a buffer, gets a buffer of its
/// own. The same requests after a Reset get memory again without a call to upstream.
///
/// Thread safety: none; see ConcurrentArena.
class MonotonicArena : public Arena {
 public:
  /// An arena with default options.
  MonotonicArena() : MonotonicArena(MonotonicArenaOptions{}) {}

  /// Takes the initial buffers at once. Throws std::bad_alloc when upstream fails or the limit is
  /// below what the options make it hold.
  explicit MonotonicArena(const MonotonicArenaOptions& options)
      : upstream_(options.upstream != nullptr ? options.upstream
                                              : std::pmr::get_default_resource()),
        min_buffer_size_(options.min_buffer_size),
        max_buffer_size_(options.max_buffer_size),
        limit_(options.limit),
        callers_(options.initial_buffer),
        cap_(callers_.size()) {
    if (cap_ > limit_) detail::ThrowBadAlloc();
    AdoptCallersBuffer();
    const std::size_t held = callers_.empty() ? 0 : 1;
    // A buffer of no bytes is none.
    const std::size_t count = min_buffer_size_ == 0 ? held : options.initial_buffer_count;
    for (std::size_t i = held; i < count; ++i) {
      if (min_buffer_size_ > limit_ - cap_ ||
          AddBuffer(min_buffer_size_, chain_.last()) == nullptr) {
        DestroyBuffers();
        detail::MarkAllocated(callers_.data(), callers_.size());
        detail::ThrowBadAlloc();
      }
    }
    EnterFirst();
  }

  /// Releases. Ends the program with a message while a scope is open.
  ~MonotonicArena() override {
    Release();
    detail::MarkAllocated(callers_.data(), callers_.size());
  }

  /// Makes sure that the next `bytes` bytes come from one piece of memory, taking a buffer for them
  /// now.
  ///
  /// The window moves at once: an unused current buffer becomes a spare, the rest of a used one a
  /// tail. Does nothing when the window has the room. O(spare buffers). Throws std::bad_alloc, with
  /// everything allocated as before, when upstream fails or the limit is reached.
  void Reserve(std::size_t bytes) {
    if (bytes <= Room()) return;
    WindowBuffer* buffer = FindSpare(bytes, 1);
    if (buffer != nullptr) {
      chain_.Remove(buffer);
    } else {
      buffer = CreateForReserve(bytes);
      if (buffer == nullptr) detail::ThrowBadAlloc();
    }
    if (CurrentIsUnused()) {
      current_ = current_->prev;
      DropWindow();
    }
    chain_.InsertAfter(current_, buffer);
    MoveTo(buffer);
  }

  /// Gives back buffers that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A buffer with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's. Legal at any time. O(buffers given back).
  void ShrinkTo(std::size_t bytes) noexcept {
    dedicated_.DestroyUnused(*upstream_, &cap_, [bytes](std::size_t cap) { return cap > bytes; });
    for (WindowBuffer* spare = chain_.last(); spare != current_ && cap_ > bytes;) {
      WindowBuffer* const before = spare->prev;
      if (spare != &callers_buffer_) DestroySpare(spare);
      spare = before;
    }
    if (cap_ > bytes && CurrentIsUnused() && current_ != &callers_buffer_) {
      WindowBuffer* const buffer = current_;
      current_ = buffer->prev;
      DropWindow();
      DestroySpare(buffer);
    }
  }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(buffers).
  bool Owns(const void* pointer) const noexcept {
    const auto* const byte = static_cast<const std::byte*>(pointer);
    const auto within = [byte](const std::byte* begin, std::size_t size) {
      return !std::less<>()(byte, begin) && std::less<>()(byte, begin + size);
    };
    if (within(callers_.data(), callers_.size())) return true;
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr; buffer = buffer->next) {
      if (within(buffer->begin, buffer->size())) return true;
    }
    bool found = false;
    dedicated_.ForEach([&](detail::DedicatedBuffer* buffer) {
      found = found || within(buffer->begin(), buffer->size);
    });
    return found;
  }

  /// Where the bytes are. O(1).
  ArenaStats Stats() const noexcept {
    ArenaStats stats;
    stats.len = Len();
    stats.cap = cap_;
    stats.peak = Peak();
    stats.buffers = chain_.count() + dedicated_.count();
    if (!callers_.empty() && callers_buffer_.size() == 0) ++stats.buffers;
    stats.records = left_records_ + WindowRecords();
    stats.tails = left_tails_ + (callers_.size() - callers_buffer_.size());
    stats.free = stats.cap - stats.len - stats.records - stats.tails;
    return stats;
  }

  std::size_t Len() const noexcept override {
    return left_len_ + static_cast<std::size_t>(WindowCursor() - window_begin_);
  }
  std::size_t Cap() const noexcept override { return cap_; }
  std::size_t Peak() const noexcept override { return std::max(peak_, Len()); }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Request request{size, size + detail::kRedzone, alignment};
    if (void* block = Serve(request)) return block;
    return ServeWhenShort(request);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!Arena::DoTryResize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      detail::MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size);
    }
    return true;
  }

  void DoReset() noexcept override {
    FailIfScopeOpen();
    NotePeak();
    if constexpr (detail::kInstrumented) MarkFreeFrom(chain_.first());
    dedicated_.GiveBackAll();
    left_len_ = left_records_ = left_tails_ = 0;
    EnterFirst();
  }

  void DoRelease() noexcept override {
    DoReset();
    DestroyBuffers();
    AdoptCallersBuffer();
    EnterFirst();
  }

  void DoForget(Memory memory) noexcept override {
    // Before the cleanups run, and not only when the memory goes: they may rely on what the scope
    // freed.
    FailIfScopeOpen();
    Arena::DoForget(memory);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    constexpr std::size_t kLinkAndRecord = 2 * detail::kGranule;
    if (detail::ArenaAccess::AddCleanupInWindow(*this, cleanup)) return true;
    WindowBuffer* next = FindSpare(kLinkAndRecord, 1);
    if (next != nullptr) {
      chain_.Remove(next);
      chain_.InsertAfter(current_, next);
    } else {
      next = AddNextBuffer();
      if (next == nullptr && MakeRoomBelowLimit(kSmallestBuffer)) next = AddNextBuffer();
      if (next == nullptr) return false;
    }
    MoveTo(next);
    return detail::ArenaAccess::AddCleanupInWindow(*this, cleanup);
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    // A container that outlived Reset or Release must not poison what is no longer the arena's.
    if (Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  using WindowBuffer = detail::WindowBuffer;
  using DedicatedBuffer = detail::DedicatedBuffer;

  static constexpr std::size_t kSmallestBuffer =
      64;  // of the ordinary ones taken after construction
  static constexpr std::size_t kDefaultBuffer = 1024;  // for min_buffer_size 0
  static constexpr std::size_t kSmallTail = 256;       // may always be left behind

  struct Request {
    std::size_t size;  // as asked
    std::size_t need;  // with the red zone
    std::size_t alignment;

    // The usable bytes of a dedicated buffer that holds it, wherever that lies.
    std::size_t Dedicated() const noexcept {
      return need + (alignment > detail::kGranule ? alignment - 1 : 0);
    }
  };

  std::size_t Room() const noexcept { return detail::ArenaAccess::Room(*this); }
  std::size_t Affordable() const noexcept { return limit_ - cap_; }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }

  std::size_t WindowRecords() const noexcept {
    return HasWindow() ? static_cast<std::size_t>(current_->end - detail::ArenaAccess::Limit(*this))
                       : 0;
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && WindowCursor() == window_begin_ && WindowRecords() == 0 &&
           (innermost_ == nullptr || innermost_->buffer != current_);
  }

  WindowBuffer* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : chain_.first();
  }

  // The size of the next ordinary buffer that upstream is asked for; 0 when the limit leaves too
  // little. An eighth of the window's bytes: at most that much is ahead of its use, and the number
  // of buffers grows with the logarithm of the arena.
  std::size_t NextBufferSize() const noexcept {
    const std::size_t least =
        min_buffer_size_ == 0 ? kDefaultBuffer : std::max(min_buffer_size_, kSmallestBuffer);
    const std::size_t wanted = std::max(least, std::min(chain_.bytes() / 8, max_buffer_size_));
    const std::size_t size = std::min(wanted, Affordable());
    return size < kSmallestBuffer ? 0 : size;
  }

  // Whether what the window has left is little enough to be lost. Requests that went aside since
  // the window last moved widen the rule: the window cannot get stuck before a run of middling
  // sizes.
  bool MayLeaveWindow() const noexcept {
    const std::size_t current = current_ != nullptr ? current_->size() : 0;
    const std::size_t sum = aside_ > SIZE_MAX - current ? SIZE_MAX : current + aside_;
    return Room() <= std::max(sum / 16, kSmallTail);
  }

  void* Serve(const Request& request) noexcept {
    if (MayLeaveWindow()) {
      WindowBuffer* next = NextSpare();
      const std::size_t size = next != nullptr ? next->size() : NextBufferSize();
      if (WindowBuffer::Holds(size, request.need, request.alignment)) {
        if (next == nullptr) next = AddBuffer(size, current_);
        if (next != nullptr) return ServeFrom(next, request);
      }
    }
    const std::size_t size_class = detail::SizeClassAbove(request.Dedicated());
    if (DedicatedBuffer* kept = dedicated_.Take(size_class)) return ServeFrom(kept, request);
    return ServeFromNew(detail::SizeClassBytes(size_class), request);
  }

  // No buffer of the usual size is to be had: the limit is in the way, or upstream failed.
  void* ServeWhenShort(const Request& request) noexcept {
    const std::size_t bytes = request.Dedicated();
    // Not a much larger one: it would be lost for one small request.
    const std::size_t moderate = bytes <= detail::kMaxSize / 4 ? 4 * bytes : detail::kMaxSize;
    if (DedicatedBuffer* kept = dedicated_.TakeLarger(bytes, moderate))
      return ServeFrom(kept, request);
    if (WindowBuffer* spare = FindSpare(request.need, request.alignment)) {
      chain_.Remove(spare);
      chain_.InsertAfter(current_, spare);
      return ServeFrom(spare, request);
    }
    if (bytes <= Affordable()) {
      if (void* block = ServeFromNew(bytes, request)) return block;
      DedicatedBuffer* const kept = dedicated_.TakeLarger(bytes, detail::kMaxSize);
      return kept != nullptr ? ServeFrom(kept, request) : nullptr;
    }
    if (!MakeRoomBelowLimit(bytes)) return nullptr;
    if (void* block = Serve(request)) return block;
    return bytes <= Affordable() ? ServeFromNew(bytes, request) : nullptr;
  }

  void* ServeFrom(WindowBuffer* next, const Request& request) noexcept {
    MoveTo(next);
    void* const block = AllocFromWindow(request.size, request.alignment);
    ARENA_ASSERT(block != nullptr && "a buffer that holds a request serves it");
    return block;
  }

  void* ServeFrom(DedicatedBuffer* buffer, const Request& request) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(buffer->begin());
    const std::size_t padding = detail::AlignUp(begin, request.alignment) - begin;
    left_len_ += padding + request.need;
    left_tails_ += buffer->size - padding - request.need;
    aside_ = request.size > SIZE_MAX - aside_ ? SIZE_MAX : aside_ + request.size;
    std::byte* const block = buffer->begin() + padding;
    detail::MarkAllocated(block, request.size);
    return block;
  }

  void* ServeFromNew(std::size_t bytes, const Request& request) noexcept {
    if (bytes > Affordable()) return nullptr;
    DedicatedBuffer* const buffer = DedicatedBuffer::Create(*upstream_, bytes);
    if (buffer == nullptr) return nullptr;
    cap_ += bytes;
    dedicated_.AddTaken(buffer);
    return ServeFrom(buffer, request);
  }

  WindowBuffer* FindSpare(std::size_t need, std::size_t alignment) const noexcept {
    WindowBuffer* spare = NextSpare();
    while (spare != nullptr && !WindowBuffer::Holds(spare->size(), need, alignment))
      spare = spare->next;
    return spare;
  }

  WindowBuffer* AddBuffer(std::size_t size, WindowBuffer* position) noexcept {
    WindowBuffer* const buffer = WindowBuffer::Create(*upstream_, size);
    if (buffer == nullptr) return nullptr;
    cap_ += size;
    chain_.InsertAfter(position, buffer);
    return buffer;
  }

  WindowBuffer* AddNextBuffer() noexcept {
    const std::size_t size = NextBufferSize();
    return size != 0 ? AddBuffer(size, current_) : nullptr;
  }

  // A buffer, not yet in the chain, but counted in Cap.
  WindowBuffer* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > detail::kMaxSize - detail::kGranule) return nullptr;
    if (bytes > Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = detail::AlignUp(bytes, detail::kGranule);
    const std::size_t size = std::min(std::max(round, NextBufferSize()), Affordable());
    WindowBuffer* const buffer = WindowBuffer::Create(*upstream_, size);
    if (buffer != nullptr) cap_ += size;
    return buffer;
  }

  // Gives unused buffers back until `bytes` more may be held; false, with nothing given back, when
  // that cannot be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    if (bytes > limit_) return false;
    std::size_t unused = dedicated_.UnusedBytes();
    for (WindowBuffer* spare = NextSpare(); spare != nullptr; spare = spare->next) {
      if (spare != &callers_buffer_) unused += spare->size();
    }
    if (CurrentIsUnused() && current_ != &callers_buffer_) unused += current_->size();
    if (cap_ - unused > limit_ - bytes) return false;
    ShrinkTo(limit_ - bytes);
    return true;
  }

  // Leaves the window, whose rest is lost until Reset or the end of the scope, and enters a spare
  // that comes next in the chain.
  void MoveTo(WindowBuffer* next) noexcept {
    ARENA_ASSERT(next == NextSpare());
    left_len_ += static_cast<std::size_t>(WindowCursor() - window_begin_);
    left_records_ += WindowRecords();
    left_tails_ += Room();
    Enter(next);
  }

  void Enter(WindowBuffer* buffer) noexcept {
    current_ = buffer;
    window_begin_ = buffer->begin;
    SetWindow(buffer->begin, buffer->end);
    aside_ = 0;
  }

  void EnterFirst() noexcept {
    current_ = nullptr;
    DropWindow();
    aside_ = 0;
    if (chain_.first() != nullptr) Enter(chain_.first());
  }

  void DropWindow() noexcept {
    window_begin_ = nullptr;
    SetWindow(nullptr, nullptr);
  }

  void DestroySpare(WindowBuffer* buffer) noexcept {
    chain_.Remove(buffer);
    cap_ -= buffer->size();
    WindowBuffer::Destroy(*upstream_, buffer);
  }

  void DestroyBuffers() noexcept {
    dedicated_.ForEach(
        [this](DedicatedBuffer* buffer) { DedicatedBuffer::Destroy(*upstream_, buffer); });
    dedicated_ = {};
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr;) {
      WindowBuffer* const next = buffer->next;
      if (buffer != &callers_buffer_) WindowBuffer::Destroy(*upstream_, buffer);
      buffer = next;
    }
    chain_ = {};
    cap_ = callers_.size();
  }

  // Puts the caller's storage into the empty chain: its end rounded down, its begin as it is.
  void AdoptCallersBuffer() noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(callers_.data());
    const std::uintptr_t end = detail::AlignDown(begin + callers_.size(), detail::kGranule);
    if (end <= begin) return;
    detail::MarkFree(callers_.data(), callers_.size());
    callers_buffer_.begin = callers_.data();
    callers_buffer_.end = callers_.data() + (end - begin);
    chain_.InsertAfter(nullptr, &callers_buffer_);
  }

  void NotePeak() noexcept { peak_ = Peak(); }

  // Marks the buffers from `first` to the current one as free.
  void MarkFreeFrom(WindowBuffer* first) noexcept {
    for (WindowBuffer* buffer = current_ != nullptr ? first : nullptr; buffer != nullptr;
         buffer = buffer->next) {
      detail::MarkFree(buffer->begin, buffer->size());
      if (buffer == current_) return;
    }
  }

  void FailIfScopeOpen() const noexcept {
    if (innermost_ != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  void OpenScope(detail::ScopeMark* mark) noexcept {
    *mark = {innermost_,
             ++scopes_opened_,
             current_,
             detail::ArenaAccess::GetWindow(*this),
             window_begin_,
             detail::ArenaAccess::NewestRecord(*this),
             dedicated_.last_taken(),
             left_len_,
             left_records_,
             left_tails_,
             aside_};
    innermost_ = mark;
    detail::ArenaAccess::SetScope(*this, mark->id);
    detail::ArenaAccess::RaiseFloor(*this);
  }

  void CloseScope(detail::ScopeMark* mark) noexcept {
    FailIfNotInnermost(mark);
    Cleanup cleanup;
    while (detail::ArenaAccess::PopRecord(*this, mark->newest_record, &cleanup)) {
      cleanup.run(cleanup.object);
      FailIfNotInnermost(mark);
    }
    NotePeak();
    if constexpr (detail::kInstrumented) MarkFreeSince(*mark);
    dedicated_.GiveBackSince(mark->last_dedicated);
    current_ = mark->buffer;
    window_begin_ = mark->window_begin;
    detail::ArenaAccess::PutWindow(*this, mark->window);
    left_len_ = mark->left_len;
    left_records_ = mark->left_records;
    left_tails_ = mark->left_tails;
    aside_ = mark->aside;
    innermost_ = mark->outer;
    detail::ArenaAccess::SetScope(*this, innermost_ != nullptr ? innermost_->id : 0);
  }

  void FailIfNotInnermost(const detail::ScopeMark* mark) const noexcept {
    if (innermost_ != mark) detail::Fail("arena: scopes were left out of order");
  }

  void MarkFreeSince(const detail::ScopeMark& mark) noexcept {
    const auto cursor = reinterpret_cast<std::byte*>(mark.window.cursor);
    const auto limit = reinterpret_cast<std::byte*>(mark.window.limit);
    detail::MarkFree(cursor, static_cast<std::size_t>(limit - cursor));
    if (current_ != mark.buffer)
      MarkFreeFrom(mark.buffer != nullptr ? mark.buffer->next : chain_.first());
  }

  std::pmr::memory_resource* upstream_;
  std::size_t min_buffer_size_;
  std::size_t max_buffer_size_;
  std::size_t limit_;             // cap_ <= limit_
  std::span<std::byte> callers_;  // all of it counts in cap_; its unaligned end is a tail
  WindowBuffer callers_buffer_;   // in chain_ when it has a byte to use

  detail::WindowChain chain_;  // what lies before current_ is left, what lies behind it is spare
  WindowBuffer* current_ = nullptr;    // the window's place in chain_; null: before the first
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  detail::DedicatedBuffers dedicated_;

  // Of the buffers that were left and of the dedicated ones that are taken.
  std::size_t left_len_ = 0;
  std::size_t left_records_ = 0;
  std::size_t left_tails_ = 0;

  std::size_t aside_ = 0;  // bytes requested from dedicated buffers since the window last moved
  std::size_t cap_;
  std::size_t peak_ = 0;  // compared where Len can fall, and where Peak is read
  detail::ScopeMark* innermost_ = nullptr;
  std::uint64_t scopes_opened_ = 0;
};

static_assert(sizeof(MonotonicArena) < 512);

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_ARENA_HPP
