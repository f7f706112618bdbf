// SPDX-License-Identifier: Apache-2.0
//
// Slice<T>: a Go-style view of a growing array in an arena.
#ifndef ARENA_SLICE_HPP
#define ARENA_SLICE_HPP

#include <cstddef>
#include <initializer_list>
#include <span>
#include <stdexcept>
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
/// Copying a Slice copies the three words; the copies share elements, as copies of a std::span do,
/// and const applies to the words alone. SliceAppend and SliceAppendRange return the grown value;
/// older values stay valid. A Slice lives as long as the arena's memory. A default-constructed
/// Slice is empty and can be appended to.
///
/// If T is trivially copyable, two slices that share spare capacity overwrite each other's appends,
/// as in Go. Otherwise an append through an older value assigns to the element that is there, and
/// every element is destroyed once, with the arena's cleanups, last element first. Each storage has
/// a cleanup of its own, in the arena and the scope that its memory comes from. It is registered
/// before the elements, so they die after everything that was put into the arena since their
/// storage was made. (An object of Allocate dies before what its own constructor put there.)
///
/// An element that is appended within the capacity lives as long as the storage. If the storage
/// comes from outside the innermost open scope, or from another arena, a slice of a type that takes
/// the arena's allocator (an arena::List, a std::pmr type, a pair or a tuple with one) grows
/// instead, so that no element outlives its memory. An element of another type must not hold memory
/// of the scope there; Clip() makes its append grow, too. Constructors and destructors of elements
/// do not append to the slice that they are in.
///
/// A slice of elements that are not trivially copyable remembers when it is a copy, so that
/// SliceAppend does not move elements out of a slice that a function returned by value. A Slice<T>
/// that is instantiated while T is incomplete, as a member of T itself, does not remember. All
/// translation units must agree on whether T is complete there: do not make Slice<T> a member where
/// T is only declared, unless it is a member of T.
template <class T>
class Slice {
  static_assert(std::is_object_v<T>,
                "arena: a slice holds objects; of references make pointers, of void std::byte");

 public:
  /// @{
  /// What the standard library asks of a range.
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;
  using iterator = T*;
  /// @}

  /// Empty, with no capacity. It can be appended to.
  constexpr Slice() noexcept = default;

  /// @{
  /// The elements: where they lie, how many there are, whether there are none. O(1).
  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  ARENA_NODISCARD bool empty() const noexcept { return size_ == 0; }
  /// @}

  /// How many elements the storage has room for.
  std::size_t capacity() const noexcept {
    if constexpr (detail::kBytewise<T>) {
      return capacity_.word;
    } else {
      return capacity_.word & ~(detail::kHeaderless | detail::kShared);
    }
  }

  /// The element at `index`. Debug builds check that there is one.
  T& operator[](std::size_t index) const noexcept {
    ARENA_ASSERT(index < size_);
    return data_[index];
  }

  /// The element at `index`; throws std::out_of_range.
  T& at(std::size_t index) const {
    if (index >= size_)
      detail::Throw<std::out_of_range>("arena: Slice::at: the index is not below size()");
    return data_[index];
  }

  /// @{
  /// The first and the last element. Debug builds check that there is one.
  T& front() const noexcept { return (*this)[0]; }
  T& back() const noexcept { return (*this)[size_ - 1]; }
  /// @}

  /// @{
  /// Iterators, valid as long as the elements, whatever becomes of the Slice itself.
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size_; }
  /// @}

  /// The elements [from, to). Throws std::out_of_range unless from <= to <= size().
  ///
  /// The result shares the spare capacity behind `to`, as in Go. If T is not trivially copyable, a
  /// result that does not start at the front has no spare capacity: appending to it copies. O(1).
  ARENA_NODISCARD Slice Subslice(std::size_t from, std::size_t to) const {
    if (from > to || to > size_) {
      detail::Throw<std::out_of_range>("arena: Slice::Subslice: needs from <= to <= size()");
    }
    if constexpr (detail::kBytewise<T>) {
      return Slice(data_ + from, to - from, capacity_.word - from);
    } else {
      const bool has_header = from == 0 && (capacity_.word & detail::kHeaderless) == 0;
      const std::size_t capacity = has_header ? capacity_.word : (to - from) | detail::kHeaderless;
      return Slice(data_ + from, to - from, capacity | detail::kShared);
    }
  }

  /// The same elements with capacity() == size(): an append to the result writes to new storage,
  /// and does not touch the spare capacity that other slices share. O(1).
  ARENA_NODISCARD Slice Clip() const noexcept {
    if constexpr (detail::kBytewise<T>) {
      return Slice(data_, size_, size_);
    } else {
      return Slice(data_, size_, size_ | (capacity_.word & detail::kHeaderless) | detail::kShared);
    }
  }

 private:
  friend struct detail::SliceAccess;

  constexpr Slice(T* data, std::size_t size, std::size_t capacity) noexcept
      : data_(data), size_(size), capacity_(capacity) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;  // <= capacity()
  detail::SliceCapacity<detail::RemembersCopies<T>()> capacity_{};
};

/// A slice of `len` value-initialised elements with room for `capacity`; the memory behind `len` is
/// uninitialised.
///
/// Throws std::length_error when len > capacity; std::bad_alloc when memory is short, when capacity
/// * sizeof(T) is above PTRDIFF_MAX, or when T is not trivially copyable and capacity is above
/// SIZE_MAX / 4; and what an element's constructor throws. The slice's memory is then freed as that
/// of an object whose constructor throws (see Allocate): if it is still the newest of the window,
/// which it is not where its cleanup had to go into the next chunk. What the elements themselves
/// put into the arena stays. (0, 0) allocates nothing. O(len).
template <class T>
ARENA_NODISCARD Slice<T> AllocateSlice(Arena& arena ARENA_LIFETIMEBOUND, std::size_t len,
                                       std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(!std::is_object_v<T> || detail::IsValueConstructibleIn<T>(),
                "arena: AllocateSlice needs a default constructor, or one that takes an allocator "
                "alone; start from an empty arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(arena, len, capacity, [&arena](T* place) {
    detail::ConstructIn<T>(arena, static_cast<void*>(place));
  });
}

/// A slice of `len` value-initialised elements and no spare capacity.
template <class T>
ARENA_NODISCARD Slice<T> AllocateSlice(Arena& arena ARENA_LIFETIMEBOUND, std::size_t len) {
  return arena::AllocateSlice<T>(arena, len, len);
}

/// AllocateSlice that default-initialises the elements: an int has an indeterminate value.
template <class T>
ARENA_NODISCARD Slice<T> AllocateSliceForOverwrite(Arena& arena ARENA_LIFETIMEBOUND,
                                                   std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(
      !std::is_object_v<T> || detail::IsValueConstructibleIn<T>(),
      "arena: AllocateSliceForOverwrite needs a default constructor, or one that takes an "
      "allocator alone; start from an empty arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(arena, len, capacity, [&arena](T* place) {
    detail::ConstructForOverwrite<T>(arena, static_cast<void*>(place));
  });
}

/// @{
/// The slice with `value` appended. `value` may be an element of the slice, and may be braced.
///
/// Within the capacity this writes one element. Beyond it the slice grows to twice its capacity: in
/// place if its storage is the arena's newest allocation, else in new storage. The old elements
/// stay valid, so those of an lvalue slice are copied; pass std::move(slice) to move them. They are
/// copied all the same, if T can be copied, when another value names them: when the slice is itself
/// a copy, was made by Subslice or Clip, or grew within the storage of a slice that was not moved.
/// O(1) amortised.
///
/// A std::vector<std::unique_ptr<X>>, or another container or pair whose elements cannot be copied,
/// counts as move-only, whatever it says of itself. A class, tuple or std::optional that holds one
/// says, too, that it can be copied, and does not compile then: let a class declare its copy
/// constructor deleted, and put a tuple or an optional into such a class.
///
/// Elements that move into another arena, or into a scope, are given that arena's allocator if
/// their type takes one, which copies what they hold if it is another arena's.
///
/// Throws std::bad_alloc, and what T's constructors throw, with the slice as before; an element
/// that the append assigns to may have changed then. So may those that were to move into another
/// arena or into a scope: some may be moved from.
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice,
                                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<false, T>(arena, slice, value);
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice,
                                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<false, T>(arena, slice, std::move(value));
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice,
                                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<true, T>(arena, slice, value);
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice,
                                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<true, T>(arena, slice, std::move(value));
}
/// @}

/// @{
/// SliceAppend of several values, each of which converts to T implicitly.
template <class T, class First, class Second, class... More>
  requires(detail::ConvertsTo<First, T> && detail::ConvertsTo<Second, T> &&
           (detail::ConvertsTo<More, T> && ...))
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice, First&& first,
                                                         Second&& second, More&&... more) {
  return detail::AppendMany<false, T>(arena, slice, std::forward<First>(first),
                                      std::forward<Second>(second), std::forward<More>(more)...);
}
template <class T, class First, class Second, class... More>
  requires(detail::ConvertsTo<First, T> && detail::ConvertsTo<Second, T> &&
           (detail::ConvertsTo<More, T> && ...))
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice, First&& first,
                                                         Second&& second, More&&... more) {
  return detail::AppendMany<true, T>(arena, slice, std::forward<First>(first),
                                     std::forward<Second>(second), std::forward<More>(more)...);
}
/// @}

/// @{
/// The slice with the elements of `range` appended. The range may be the slice or a part of it, and
/// may be a braced list.
///
/// The slice grows at most once; with an input range, which cannot be counted, each element is
/// appended by itself. Throws what SliceAppend throws, with the same guarantees; if an input range
/// throws, or an element of it, the elements of a moved slice may be moved from by then. O(size of
/// the range) amortised.
template <class T, class R = std::initializer_list<T>>
ARENA_NODISCARD Slice<T> SliceAppendRange(Arena& arena ARENA_LIFETIMEBOUND, const Slice<T>& slice,
                                          R&& range) {
  return detail::AppendRange<false, T>(arena, slice, range);
}
template <class T, class R = std::initializer_list<T>>
ARENA_NODISCARD Slice<T> SliceAppendRange(Arena& arena ARENA_LIFETIMEBOUND, Slice<T>&& slice,
                                          R&& range) {
  return detail::AppendRange<true, T>(arena, slice, range);
}
/// @}

ARENA_END_NAMESPACE

/// @cond
// The elements outlive the Slice value that names them.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<arena::Slice<T>> = true;
/// @endcond

#endif  // ARENA_SLICE_HPP
