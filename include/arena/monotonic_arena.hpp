// SPDX-License-Identifier: Apache-2.0
//
// class MonotonicArena: the arena that owns its memory, in buffers that it obtains from upstream
// and keeps until Release.
//
//   ordinary buffers    [left]->[left]->[current: the window]->[spare]->[spare]
//   dedicated buffers   one for each request too large for the window, kept by size class
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
#include "detail/chunks/oversized.hpp"
#include "detail/chunks/scope_mark.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/cleanup_records.hpp"
#include "detail/core/sanitizer.hpp"
#include "fwd.hpp"
#include "monotonic_options.hpp"

ARENA_BEGIN_NAMESPACE

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
      : store_(options.upstream, options.limit, options.initial_buffer),
        sizes_(options.min_buffer_size, options.max_buffer_size) {
    if (store_.cap() > store_.limit()) detail::ThrowBadAlloc();
    const std::size_t held = store_.HasCallers() ? 1 : 0;
    // A buffer of no bytes is none.
    const std::size_t size = sizes_.Initial();
    const std::size_t count = size == 0 ? held : options.initial_buffer_count;
    const std::size_t most = detail::MinOf(store_.Affordable(), detail::kMaxSize);
    if (count > held && count - held > most / size) detail::ThrowBadAlloc();
    for (std::size_t i = held; i < count; ++i) {
      if (store_.AddWindow(size, store_.chain().last()) == nullptr) detail::ThrowBadAlloc();
    }
    EnterFirst();
  }

  /// Releases. Ends the program with a message while a scope is open.
  ~MonotonicArena() override { Release(); }

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
      store_.chain().Remove(buffer);
    } else {
      buffer = CreateForReserve(bytes);
      if (buffer == nullptr) detail::ThrowBadAlloc();
    }
    if (CurrentIsUnused()) StepBack();
    store_.chain().InsertAfter(current_, buffer);
    MoveTo(buffer);
  }

  /// Gives back buffers that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A buffer with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's. Legal at any time. O(buffers given back).
  void ShrinkTo(std::size_t bytes) noexcept {
    if (bytes < Cap()) freed_any_ = true;
    store_.DestroyUnusedDedicated(bytes);
    store_.DestroySpares(current_, bytes);
    if (Cap() > bytes && CurrentIsUnused() && !store_.IsCallers(current_)) {
      store_.DestroyWindow(StepBack());
    }
  }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(buffers).
  bool Owns(const void* pointer) const noexcept { return store_.Owns(pointer); }

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
    stats.records = left_.records + WindowRecords();
    stats.tails = left_.tails + store_.CallersTail();
    stats.free = stats.cap - stats.len - stats.records - stats.tails;
    return stats;
  }

  std::size_t Len() const noexcept override {
    return left_.len + static_cast<std::size_t>(WindowCursor() - window_begin_);
  }
  std::size_t Cap() const noexcept override { return store_.cap(); }
  std::size_t Peak() const noexcept override { return detail::MaxOf(peak_, Len()); }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Request request{size, size + detail::kRedzone, alignment};
    if (void* block = Serve(request)) return block;
    return ServeWhenShort(request);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!window().Resize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      detail::MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size);
    }
    return true;
  }

  void DoReset() noexcept override {
    FailIfScopeOpen();
    NotePeak();
    if constexpr (detail::kInstrumented) {
      detail::WindowChain::MarkFree(store_.chain().first(), current_);
    }
    store_.dedicated().GiveBackAll();
    left_ = {};
    EnterFirst();
  }

  void DoRelease() noexcept override {
    DoReset();
    freed_any_ = true;
    store_.DestroyAllButCallers();
    EnterFirst();
  }

  void DoClear(Retention retention) noexcept override {
    if (window().HasRecords()) PrepareForCleanups();
    RunWindowCleanups();
    Forget(retention);
  }

  // final: DoClear has no cleanups elsewhere to ask for.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept final {
    if (only == nullptr) PrepareForCleanups();  // a decorator's Reset
    return Arena::DoTakeCleanup(cleanup, only);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    constexpr std::size_t kLinkAndRecord = detail::CleanupRecords::SegmentSize(1);
    if (window().OpenSegment(cleanup)) return true;
    if (FindSpare(kLinkAndRecord, 1) == nullptr && !AddLastBuffer() &&
        !(MakeRoomBelowLimit(detail::BufferSizes::kSmallest) && AddLastBuffer())) {
      return false;
    }
    // Past the spares that are too small for a record, not around them: the chain keeps its order,
    // and an equal round finds it as this one did.
    do MoveTo(NextSpare());
    while (!window().OpenSegment(cleanup));
    return true;
  }

  const void* DoScope() const noexcept override { return innermost_; }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    // A container that outlived Release must not poison what is no longer the arena's. Not asked
    // before the first buffer goes: Owns() walks over all of them, for every node of a container.
    if (!freed_any_ || Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  friend struct detail::PictureAccess;
  friend struct detail::PoolAccess;
  using WindowBuffer = detail::WindowBuffer;
  using DedicatedBuffer = detail::DedicatedBuffer;
  using Request = detail::Request;

  std::size_t Room() const noexcept { return window().Room(); }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }

  std::size_t WindowRecords() const noexcept {
    // A record popped from a buffer that happens to follow this one may have raised the limit.
    const std::byte* const limit = WindowLimit();
    return HasWindow() && limit < current_->end ? static_cast<std::size_t>(current_->end - limit)
                                                : 0;
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && WindowCursor() == window_begin_ && WindowRecords() == 0 &&
           (innermost_ == nullptr || innermost_->buffer != current_);
  }

  WindowBuffer* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : store_.chain().first();
  }

  // Of the next ordinary buffer; 0 when the limit leaves too little.
  std::size_t NextBufferSize() const noexcept {
    return sizes_.Next(store_.chain().bytes(), store_.Affordable());
  }

  bool MayLeaveWindow() const noexcept {
    return detail::BufferSizes::MayLeave(Room(), current_ != nullptr ? current_->size() : 0,
                                         aside_);
  }

  void* Serve(const Request& request) noexcept {
    if (MayLeaveWindow()) {
      WindowBuffer* next = NextSpare();
      const std::size_t size = next != nullptr ? next->size() : NextBufferSize();
      if (WindowBuffer::Holds(size, request.need, request.alignment)) {
        if (next == nullptr) next = store_.AddWindow(size, current_);
        if (next != nullptr) return ServeFrom(next, request);
      }
    }
    const std::size_t size_class = detail::SizeClassAbove(request.Dedicated());
    if (void* block = ServeFrom(store_.dedicated().Take(size_class), request)) return block;
    return ServeFrom(store_.AddDedicated(detail::SizeClassBytes(size_class)), request);
  }

  // No buffer of the usual size is to be had: the limit is in the way, or upstream failed.
  void* ServeWhenShort(const Request& request) noexcept {
    const std::size_t bytes = request.Dedicated();
    // For a small request not a much larger one: giving that back makes room for many of them.
    const bool small_request = WindowBuffer::Holds(sizes_.Least(), request.need, request.alignment);
    const std::size_t moderate =
        small_request && bytes <= detail::kMaxSize / 4 ? 4 * bytes : detail::kMaxSize;
    if (void* block = ServeFrom(store_.dedicated().TakeLarger(bytes, moderate), request)) {
      return block;
    }
    if (WindowBuffer* spare = TakeSpare(request.need, request.alignment)) {
      return ServeFrom(spare, request);
    }
    if (bytes > store_.Affordable()) {
      if (!MakeRoomBelowLimit(bytes)) return nullptr;
      if (void* block = Serve(request)) return block;
    }
    if (void* block = ServeFrom(store_.AddDedicated(bytes), request)) return block;
    // Upstream has failed.
    return ServeFrom(store_.dedicated().TakeLarger(bytes, detail::kMaxSize), request);
  }

  void* ServeFrom(WindowBuffer* next, const Request& request) noexcept {
    MoveTo(next);
    void* const block = AllocFromWindow(request.size, request.alignment);
    ARENA_ASSERT(block != nullptr && "a buffer that holds a request serves it");
    return block;
  }

  // Null when there is no such buffer.
  void* ServeFrom(DedicatedBuffer* buffer, const Request& request) noexcept {
    if (buffer == nullptr) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(buffer->begin());
    const std::size_t padding = detail::AlignUp(begin, request.alignment) - begin;
    left_.len += padding + request.need;
    left_.tails += buffer->size - padding - request.need;
    aside_ = request.size > SIZE_MAX - aside_ ? SIZE_MAX : aside_ + request.size;
    std::byte* const block = buffer->begin() + padding;
    detail::MarkAllocated(block, request.size);
    return block;
  }

  WindowBuffer* FindSpare(std::size_t need, std::size_t alignment) const noexcept {
    return detail::WindowChain::FirstToHold(NextSpare(), need, alignment);
  }

  // The first spare that holds the request, as the next in the chain.
  WindowBuffer* TakeSpare(std::size_t need, std::size_t alignment) noexcept {
    WindowBuffer* const spare = FindSpare(need, alignment);
    if (spare == nullptr) return nullptr;
    store_.chain().Remove(spare);
    store_.chain().InsertAfter(current_, spare);
    return spare;
  }

  // An ordinary buffer behind all spares.
  bool AddLastBuffer() noexcept {
    const std::size_t size = NextBufferSize();
    return size != 0 && store_.AddWindow(size, store_.chain().last()) != nullptr;
  }

  // A buffer, not yet in the chain, but counted in Cap.
  WindowBuffer* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > detail::kMaxSize - detail::kGranule) return nullptr;
    if (bytes > store_.Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = detail::AlignUp(bytes, detail::kGranule);
    const std::size_t size = detail::MaxOf(round, NextBufferSize());
    return store_.CreateOrdinary(detail::MinOf(size, store_.Affordable()));
  }

  // Gives unused buffers back until `bytes` more may be held; false, with nothing given back, when
  // that cannot be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    if (bytes > store_.limit()) return false;
    std::size_t unused = store_.UnusedBytes(NextSpare());
    if (CurrentIsUnused() && !store_.IsCallers(current_)) unused += current_->size();
    if (Cap() - unused > store_.limit() - bytes) return false;
    ShrinkTo(store_.limit() - bytes);
    return true;
  }

  // Leaves the window, whose rest is lost until Reset or the end of the scope, and enters a spare
  // that comes next in the chain.
  void MoveTo(WindowBuffer* next) noexcept {
    ARENA_ASSERT(next == NextSpare());
    if (HasWindow()) {
      current_->left_cursor = WindowCursor();
      current_->left_limit = WindowLimit();
    }
    left_.len += static_cast<std::size_t>(WindowCursor() - window_begin_);
    left_.records += WindowRecords();
    left_.tails += Room();
    Enter(next, next->begin, next->end);
  }

  void Enter(WindowBuffer* buffer, std::byte* begin, std::byte* end) noexcept {
    current_ = buffer;
    window_begin_ = begin;
    SetWindow(begin, end);
    aside_ = 0;
  }

  // The first buffer, or no window where there is none.
  void EnterFirst() noexcept {
    const detail::WindowChain& chain = store_.chain();
    Enter(chain.first(), chain.first_begin(), chain.first_end());
  }

  // Leaves a buffer that is unused, for no window; returns it.
  WindowBuffer* StepBack() noexcept {
    WindowBuffer* const unused = current_;
    current_ = unused->prev;
    window_begin_ = nullptr;
    SetWindow(nullptr, nullptr);
    return unused;
  }

  // Before a cleanup runs: it may rely on what an open scope was to free, and the records are there.
  void PrepareForCleanups() noexcept {
    FailIfScopeOpen();
    NotePeak();
  }

  void NotePeak() noexcept {
    const std::size_t len = MonotonicArena::Len();
    peak_ = detail::MaxOf(peak_, len);
    high_water_ = detail::MaxOf(high_water_, len + left_.records + WindowRecords());
  }

  // ---- scopes ------------------------------------------------------------------------------------

  void OpenScope(detail::ScopeMark& scope) noexcept {
    scope = {
        innermost_, current_, window().MarkHere(), window_begin_, store_.dedicated().last_taken(),
        left_,      aside_};
    innermost_ = &scope;
  }

  void CloseScope(const detail::ScopeMark& scope) noexcept {
    FailIfNotInnermost(scope);
    NotePeak();
    window().RunCleanupsSince(scope.window);
    FailIfNotInnermost(scope);
    // Only now: what the cleanups allocated goes too.
    NotePeak();
    store_.dedicated().GiveBackSince(scope.last_dedicated);
    if constexpr (detail::kInstrumented) {
      if (current_ != scope.buffer) {
        detail::WindowChain::MarkFree(
            scope.buffer != nullptr ? scope.buffer->next : store_.chain().first(), current_);
      }
    }
    // Every buffer that the window entered since now lies behind it in the chain: a spare.
    current_ = scope.buffer;
    window_begin_ = scope.window_begin;
    window().Rewind(scope.window);
    left_ = scope.left;
    aside_ = scope.aside;
    innermost_ = scope.outer;
  }

  void FailIfNotInnermost(const detail::ScopeMark& scope) const noexcept {
    if (innermost_ != &scope) detail::Fail("arena: scopes were left out of order");
  }

  void FailIfScopeOpen() const noexcept {
    if (innermost_ != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  detail::BufferStore store_;
  detail::BufferSizes sizes_;

  // The window's place in the chain: what lies before it is left, what lies behind it is spare.
  // Null: the window has not entered the first buffer.
  WindowBuffer* current_ = nullptr;
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  detail::Tally left_;     // of the buffers that were left and of the dedicated ones that are taken
  std::size_t aside_ = 0;  // bytes requested from dedicated buffers since the window last moved
  std::size_t peak_ = 0;   // compared where Len can fall, and where Peak is read
  std::size_t high_water_ = 0;              // likewise, with the records; a pool starts it anew
  detail::ScopeMark* innermost_ = nullptr;  // the innermost open scope
  bool freed_any_ = false;                  // chunks were returned upstream, or may have been
};

static_assert(sizeof(MonotonicArena) < 512);

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_ARENA_HPP
