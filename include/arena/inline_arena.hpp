// SPDX-License-Identifier: Apache-2.0
//
// class InlineArena<N>: a MonotonicArena whose first N bytes are part of the object.
#ifndef ARENA_INLINE_ARENA_HPP
#define ARENA_INLINE_ARENA_HPP

#include <cstddef>
#include <span>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "fwd.hpp"
#include "monotonic_arena.hpp"

ARENA_BEGIN_NAMESPACE

/// A MonotonicArena that starts with `N` bytes inside the object: on the stack, say, for requests
/// that mostly fit there. Cap() starts at N; further buffers come from upstream.
///
/// `initial_buffer` in its options must be empty, because the object has its own; otherwise the
/// constructor ends the program with a message.
template <std::size_t N>
class InlineArena : public MonotonicArena {
  static_assert(N > 0,
                "arena::InlineArena needs at least one byte; use arena::MonotonicArena for none");

 public:
  InlineArena() : InlineArena(MonotonicArenaOptions{}) {}

  /// Throws std::bad_alloc as MonotonicArena's constructor does.
  explicit InlineArena(const MonotonicArenaOptions& options)
      : MonotonicArena(WithStorage(options, storage_)) {
    detail::MarkFree(storage_ + N, sizeof(storage_) - N);
  }

  /// Releases here, because the storage is destroyed before the base class is.
  ~InlineArena() override {
    Release();
    detail::MarkAllocated(storage_ + N, sizeof(storage_) - N);
  }

 private:
  static MonotonicArenaOptions WithStorage(MonotonicArenaOptions options, std::byte* storage) {
    if (!options.initial_buffer.empty()) {
      detail::Fail("arena: an InlineArena has its own initial_buffer; leave the option empty");
    }
    options.initial_buffer = std::span<std::byte>(storage, N);
    return options;
  }

  // The last byte is never used: in an arena that holds this object, what is allocated here would
  // otherwise end where that arena's cursor stands, and look like its own last block.
  alignas(detail::kGranule) std::byte storage_[detail::AlignUp(N + 1, detail::kGranule)];
};

ARENA_END_NAMESPACE

#endif  // ARENA_INLINE_ARENA_HPP
