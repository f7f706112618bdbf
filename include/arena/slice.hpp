// SPDX-License-Identifier: Apache-2.0
//
// Slice<T>: a Go-style view of a growing array in an arena.
#ifndef ARENA_SLICE_HPP
#define ARENA_SLICE_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "allocate.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/assert.hpp"
#include "detail/objects/construct.hpp"
#include "detail/slice/slice_append.hpp"
#include "detail/slice/slice_storage.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// A value of {pointer, length, capacity} over memory of an arena.
///
/// Copying a Slice copies the three words; the copies share elements, as a std::span's do, and
/// const applies to the words alone. SliceAppend and SliceAppendRange return the grown value; older
/// values stay valid. A Slice lives as long as the arena's memory. Default-constructed it is empty
/// and can be appended to.
///
/// If T is trivially copyable, two slices that share spare capacity overwrite each other's appends,
/// as in Go. Otherwise elements are destroyed with the arena's cleanups, last element first, each
/// once; an append through an older value assigns to the element that is there.
template <class T>
class Slice {
  static_assert(std::is_object_v<T>,
                "arena: a slice holds objects; of references make pointers, of void std::byte");

 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;
  using iterator = T*;

  constexpr Slice() noexcept = default;

  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Elements there is room for without moving to other storage.
  std::size_t capacity() const noexcept {
    if constexpr (detail::kPlain<T>) {
      return capacity_;
    } else {
      return capacity_ & ~(kDetached | kShared);
    }
  }

  /// The element at `index`, which is checked in debug builds only.
  T& operator[](std::size_t index) const noexcept {
    ARENA_ASSERT(index < size_);
    return data_[index];
  }

  /// The element at `index`; throws std::out_of_range.
  T& at(std::size_t index) const {
    if (index >= size_) detail::ThrowOutOfRange("arena: Slice::at: the index is not below size()");
    return data_[index];
  }

  T& front() const noexcept { return (*this)[0]; }
  T& back() const noexcept { return (*this)[size_ - 1]; }
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size_; }

  /// The elements [from, to). Throws std::out_of_range unless from <= to <= size().
  ///
  /// It shares the spare capacity behind `to`, as in Go. If T is not trivially copyable, one that
  /// does not start at the front has none: appending to it copies.
  Slice Subslice(std::size_t from, std::size_t to) const {
    if (from > to || to > size_) {
      detail::ThrowOutOfRange("arena: Slice::Subslice: needs from <= to <= size()");
    }
    if constexpr (detail::kPlain<T>) {
      return Slice(data_ + from, to - from, capacity_ - from);
    } else {
      if (from == 0 && (capacity_ & kDetached) == 0) return Slice(data_, to, capacity_ | kShared);
      return Slice(data_ + from, to - from, (to - from) | kDetached | kShared);
    }
  }

  /// The same elements with capacity() == size(): an append to it leaves what others share alone.
  Slice Clip() const noexcept {
    if constexpr (detail::kPlain<T>) {
      return Slice(data_, size_, size_);
    } else {
      return Slice(data_, size_, size_ | (capacity_ & kDetached) | kShared);
    }
  }

 private:
  friend struct detail::SliceAccess;

  // Flags in capacity_, if T is not plain; capacities never reach these bits. Detached: there is no
  // header before data_. Shared: made by Subslice or Clip, so that growing copies even a temporary.
  static constexpr std::size_t kDetached = ~(SIZE_MAX >> 1);
  static constexpr std::size_t kShared = kDetached >> 1;

  constexpr Slice(T* data, std::size_t size, std::size_t capacity) noexcept
      : data_(data), size_(size), capacity_(capacity) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;      // <= capacity()
  std::size_t capacity_ = 0;  // with the flags
};

/// A slice of `len` value-initialised elements with room for `capacity`; what is behind `len` is
/// raw.
///
/// Throws std::length_error when len > capacity, std::bad_alloc when memory is short or the product
/// of capacity and sizeof(T) too large, and what an element's constructor throws; nothing is kept
/// then. (0, 0) allocates nothing. O(len).
template <class T>
Slice<T> AllocateSlice(Arena& arena, std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(!std::is_object_v<T> || std::is_default_constructible_v<T>,
                "arena: AllocateSlice needs a default constructor; start from an empty "
                "arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(
      arena, len, capacity, [&arena](T* place) noexcept(detail::IsNothrowBuildableIn<T>()) {
        detail::BuildIn<T>(arena, static_cast<void*>(place));
      });
}

/// A slice of `len` value-initialised elements and no spare capacity.
template <class T>
Slice<T> AllocateSlice(Arena& arena, std::size_t len) {
  return AllocateSlice<T>(arena, len, len);
}

/// AllocateSlice that default-initialises: ints, say, keep whatever the memory held.
template <class T>
Slice<T> AllocateSliceForOverwrite(Arena& arena, std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  return detail::AllocateSliceWith<T>(
      arena, len, capacity, [&arena](T* place) noexcept(detail::IsNothrowDefaultBuildable<T>()) {
        detail::BuildForOverwrite<T>(arena, static_cast<void*>(place));
      });
}

/// The slice with `value` behind its elements, which may be one of them.
///
/// Within the capacity this writes one element. Beyond it the slice grows to twice its capacity: in
/// place if it ends where the arena's window does, else in new storage; the old elements stay
/// valid, so an lvalue slice copies them. Pass std::move(slice) to have them moved; a temporary
/// slice counts as moved too, unless Subslice or Clip made it and T can be copied. A single value
/// may be braced. O(1) amortised.
///
/// Throws std::bad_alloc, and what T's constructors throw, with the slice as before; where the
/// append assigns to an element that is there, that element may have changed.
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice,
                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<false>(arena, slice, value);
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice,
                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<false>(arena, slice, std::move(value));
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice,
                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<true>(arena, slice, value);
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice,
                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<true>(arena, slice, std::move(value));
}

/// SliceAppend of several values, each of which converts to T implicitly.
template <class T, class First, class Second, class... More>
  requires(std::is_convertible_v<First, T> && std::is_convertible_v<Second, T> &&
           (std::is_convertible_v<More, T> && ...))
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice, First&& first,
                                         Second&& second, More&&... more) {
  return detail::AppendMany<false>(arena, slice, std::forward<First>(first),
                                   std::forward<Second>(second), std::forward<More>(more)...);
}
template <class T, class First, class Second, class... More>
  requires(std::is_convertible_v<First, T> && std::is_convertible_v<Second, T> &&
           (std::is_convertible_v<More, T> && ...))
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice, First&& first,
                                         Second&& second, More&&... more) {
  return detail::AppendMany<true>(arena, slice, std::forward<First>(first),
                                  std::forward<Second>(second), std::forward<More>(more)...);
}

/// The slice with the elements of `range` behind its own, in one growth if the range can be
/// counted.
///
/// The range may be the slice or a part of it. Guarantees as SliceAppend; an input range, which
/// cannot be counted, is appended element by element.
template <class T, class R>
Slice<T> SliceAppendRange(Arena& arena, const Slice<T>& slice, R&& range) {
  return detail::AppendRange<false>(arena, slice, range);
}
template <class T, class R>
Slice<T> SliceAppendRange(Arena& arena, Slice<T>&& slice, R&& range) {
  return detail::AppendRange<true>(arena, slice, range);
}
template <class T>
Slice<T> SliceAppendRange(Arena& arena, const Slice<T>& slice,
                          std::initializer_list<std::type_identity_t<T>> list) {
  return detail::AppendRange<false>(arena, slice, list);
}
template <class T>
Slice<T> SliceAppendRange(Arena& arena, Slice<T>&& slice,
                          std::initializer_list<std::type_identity_t<T>> list) {
  return detail::AppendRange<true>(arena, slice, list);
}

ARENA_END_NAMESPACE

// The elements outlive the Slice value that names them.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<arena::Slice<T>> = true;

#endif  // ARENA_SLICE_HPP
