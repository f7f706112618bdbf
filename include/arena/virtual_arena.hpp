// SPDX-License-Identifier: Apache-2.0
//
// class VirtualArena: a MonotonicArena in one range of addresses, which gets memory as it grows.
//
//   addresses    [handed out | free | records][reserved, without memory                 ]
#ifndef ARENA_VIRTUAL_ARENA_HPP
#define ARENA_VIRTUAL_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>

#include "config.hpp"
#include "detail/core/align.hpp"
#include "detail/core/assert.hpp"
#include "detail/os/address_range.hpp"
#include "fwd.hpp"
#include "monotonic_arena.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// In two shifts, since a single one would be an error where std::size_t has 32 bits.
inline constexpr std::size_t kDefaultAddressSpace =
    sizeof(void*) >= 8 ? std::size_t{1} << 18 << 18 : std::size_t{64} << 20;

// A base, so that the range is there before the arena over it and until after it.
struct WithAddressRange {
  AddressRange range;
};

}  // namespace detail

/// How large a VirtualArena may become. All sizes are in bytes.
struct VirtualArenaOptions {
  /// How many addresses are reserved: 64 GiB, or 64 MiB where pointers have 32 bits. No more than
  /// `limit`; rounded up to whole pages. Where the system refuses so many, an eighth to a quarter
  /// of what it has left, for the program needs some, too. Addresses are not memory: they count
  /// neither as resident nor as committed.
  std::size_t address_space = detail::kDefaultAddressSpace;
  /// Memory for them is taken in steps of so many bytes, or of an eighth of what the arena holds
  /// when that is more.
  std::size_t commit = 32 * 1024;
  /// As in MonotonicArenaOptions: what Reset retains at most. What is above it is decommitted: the
  /// system has the memory back, and the addresses stay reserved.
  std::size_t retain = SIZE_MAX;
  /// As in MonotonicArenaOptions: upper bound of Cap().
  std::size_t limit = SIZE_MAX;
  /// The resource that buffers come from when the addresses are used up, or the system refuses
  /// memory for them; it must outlive the arena. nullptr stands for
  /// std::pmr::get_default_resource(). The range itself does not come from it.
  std::pmr::memory_resource* upstream = nullptr;
};

/// A MonotonicArena whose first buffer is a range of addresses and grows in place.
///
/// Nothing in it moves, and nothing is wasted between buffers: the last slice, string or
/// ArenaBuffer grows to gigabytes without a copy, and an object can be named by its offset. It is
/// for one large thing that grows: a file that is read, a table, an index. It is not for many small
/// arenas: each costs system calls, and page faults in its first round.
///
/// Everything of MonotonicArena works on it: scopes, cleanups, Reserve, ShrinkTo, Stats, the limit.
/// Its range counts as one buffer, also while it holds nothing: a fresh one has Cap() == 0. When
/// the addresses are used up, or the system refuses memory for them, ordinary buffers from upstream
/// follow. Growing is O(1) amortised, with a system call for each step; the cleanup records at the
/// window's end are moved then, so the first round with very many of them is slower.
///
/// With `retain` below what a round uses, each round pays for its page faults anew.
///
/// With ARENA_HEAP=1 each allocation is a block of the heap, so nothing lies in the range:
/// InRange() is false, and OffsetOf() and At() are of no use.
///
/// Thread safety: one thread at a time; see ThreadCachedArena.
class VirtualArena : private detail::WithAddressRange, public MonotonicArena {
 public:
  VirtualArena() noexcept : VirtualArena(VirtualArenaOptions{}) {}

  /// Reserves the addresses and takes no memory yet. Never fails: where the system has no
  /// addresses, Reserved() is 0, and all buffers come from upstream.
  explicit VirtualArena(const VirtualArenaOptions& options) noexcept
      : WithAddressRange{{detail::MinOf(options.address_space, options.limit), options.commit}},
        MonotonicArena({.initial_buffer_count = 0,
                        .limit = options.limit,
                        .retain = options.retain,
                        .upstream = options.upstream},
                       range.base() != nullptr ? &range : nullptr) {}

  /// Releases here: cleanups may still ask for offsets.
  ~VirtualArena() override { Release(); }

  /// The first address of the range; null when there is none. It stays the same as long as the
  /// arena lives, and is a multiple of the page size.
  std::byte* Base() const noexcept ARENA_LIFETIMEBOUND { return range.base(); }

  /// How many addresses the range has, with memory or without.
  std::size_t Reserved() const noexcept { return range.reserved(); }

  /// Whether the pointer points into the range: true for all that was allocated, until the range is
  /// used up or the system refuses memory for it.
  bool InRange(const void* pointer) const noexcept { return DistanceTo(pointer) < Reserved(); }

  /// The distance of an address in the range from its beginning, in bytes: a name for an object
  /// that is shorter than a pointer, and that stays right when the range is written to a file.
  /// Asserts that InRange(pointer).
  std::size_t OffsetOf(const void* pointer) const noexcept {
    ARENA_ASSERT(InRange(pointer) && "arena: OffsetOf of a pointer that is not in the range");
    return DistanceTo(pointer);
  }

  /// The object whose OffsetOf is `offset`, as long as the object lives. Asserts that so many bytes
  /// have memory, and that the offset suits the alignment of T; whether a T is there, the caller
  /// knows.
  template <class T>
  T* At(std::size_t offset) const noexcept ARENA_LIFETIMEBOUND {
    ARENA_ASSERT(offset <= range.committed() && sizeof(T) <= range.committed() - offset &&
                 "arena: At of an offset that nothing was allocated at");
    ARENA_ASSERT(offset % alignof(T) == 0 && "arena: At of an offset that does not suit the type");
    return std::launder(reinterpret_cast<T*>(Base() + offset));
  }

 private:
  ARENA_WRAPS std::size_t DistanceTo(const void* pointer) const noexcept {
    return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(Base());
  }
};

ARENA_END_NAMESPACE

#endif  // ARENA_VIRTUAL_ARENA_HPP
