// SPDX-License-Identifier: Apache-2.0
//
// Slice<T>: a Go-style view of a growing array in an arena.
#ifndef ARENA_SLICE_HPP
#define ARENA_SLICE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "allocate.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/align.hpp"
#include "detail/arena_access.hpp"
#include "detail/assert.hpp"
#include "detail/slice_storage.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

struct SliceAccess;

}  // namespace detail

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
      return capacity_ & ~kDetached;
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
      if (from == 0) return Slice(data_, to, capacity_);
      return Slice(data_ + from, to - from, (to - from) | kDetached);
    }
  }

  /// The same elements with capacity() == size(): an append to it leaves what others share alone.
  Slice Clip() const noexcept {
    if constexpr (detail::kPlain<T>) {
      return Slice(data_, size_, size_);
    } else {
      return Slice(data_, size_, size_ | (capacity_ & kDetached));
    }
  }

 private:
  friend struct detail::SliceAccess;

  // In capacity_, if T is not plain: there is no header before data_. Capacities never reach this
  // bit.
  static constexpr std::size_t kDetached = ~(SIZE_MAX >> 1);

  constexpr Slice(T* data, std::size_t size, std::size_t capacity) noexcept
      : data_(data), size_(size), capacity_(capacity) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;      // <= capacity()
  std::size_t capacity_ = 0;  // with kDetached
};

namespace detail {

struct SliceAccess {
  template <class T>
  static Slice<T> Make(T* data, std::size_t size, std::size_t capacity) noexcept {
    return Slice<T>(data, size, capacity);
  }
  template <class T>
  static bool IsDetached(const Slice<T>& slice) noexcept {
    return (slice.capacity_ & Slice<T>::kDetached) != 0;
  }
};

// Writes `count` elements from `source` behind the slice, within its capacity: assigns to those
// that are live, constructs the others. If the source lies before its destination, the elements may
// overlap.
template <class T, class Iterator>
void WriteElements(Arena& arena, T* data, std::size_t size, std::size_t count, Iterator source) {
  SliceBlock* const block = SliceLayout<T>::Block(data);
  T* const target = data + size;
  const std::size_t live = std::min(block->live - size, count);
  if constexpr (std::contiguous_iterator<Iterator> &&
                std::is_same_v<std::remove_cv_t<std::iter_value_t<Iterator>>, T>) {
    if (count != 0 && std::less<const T*>()(std::to_address(source), target)) {
      ElementGuard<T> guard(target + live);
      for (std::size_t i = live; i < count; ++i, guard.Count()) {
        BuildElement<T>(arena, guard.next(), source[static_cast<std::ptrdiff_t>(i)]);
      }
      guard.Keep();
      block->live += count - live;
      for (std::size_t i = live; i-- > 0;) {
        T value(Convert<T>(source[static_cast<std::ptrdiff_t>(i)]));
        target[i] = std::move(value);
      }
      return;
    }
  }
  for (std::size_t i = 0; i < live; ++i, ++source) {
    T value(Convert<T>(*source));
    target[i] = std::move(value);
  }
  ElementGuard<T> guard(target + live);
  for (std::size_t i = live; i < count; ++i, ++source, guard.Count()) {
    BuildElement<T>(arena, guard.next(), *source);
  }
  guard.Keep();
  block->live += count - live;
}

// Whether `count` elements can be written behind the slice without moving it.
template <class T>
bool HasSpare(const Slice<T>& slice, std::size_t count) noexcept {
  if (slice.capacity() - slice.size() < count) return false;
  // A live element that cannot be assigned to is in the way like an end of storage.
  if constexpr (!std::is_move_assignable_v<T>) {
    return slice.data() == nullptr || SliceLayout<T>::Block(slice.data())->live == slice.size();
  }
  return true;
}

template <class T, bool kMoving>
constexpr void CheckAppend() noexcept {
  CheckAllocatable<T>();
  static_assert(kMoving || std::is_copy_constructible_v<T>,
                "arena: a slice of a move-only type grows by moving: write SliceAppend(arena, "
                "std::move(slice), ...)");
}

template <bool kMoving, class T, class V>
ARENA_ALWAYS_INLINE Slice<T> AppendOne(Arena& arena, const Slice<T>& slice, V&& value) {
  CheckAppend<T, kMoving>();
  T* data = slice.data();
  const std::size_t size = slice.size();
  std::size_t capacity = slice.capacity();
  if constexpr (kPlain<T>) {
    if (size == capacity) [[unlikely]] {
      const SliceStorage<T> grown = GrowPlain(arena, data, size, capacity, 1);
      data = grown.data;
      capacity = grown.capacity;
    }
    // A copy of its own: the value may be the very slot, reached through another slice.
    if constexpr (sizeof(T) <= 2 * sizeof(void*)) {
      const T copy(value);
      ::new (static_cast<void*>(data + size)) T(copy);
    } else {
      std::memmove(static_cast<void*>(data + size), static_cast<const void*>(std::addressof(value)),
                   sizeof(T));
    }
  } else {
    const bool detached = SliceAccess::IsDetached(slice);
    if (!HasSpare(slice, 1)) [[unlikely]] {
      const SliceStorage<T> grown = GrowAndFill<T, kMoving>(
          arena, data, size, capacity, detached, 1, [&arena, &value](ElementGuard<T>& guard) {
            BuildElement<T>(arena, guard.next(), std::forward<V>(value));
            guard.Count();
          });
      return SliceAccess::Make(grown.data, size + 1, grown.capacity);
    }
    SliceBlock* const block = SliceLayout<T>::Block(data);
    if (block->live == size) [[likely]] {
      BuildElement<T>(arena, data + size, std::forward<V>(value));
      ++block->live;
    } else if constexpr (std::is_move_assignable_v<T>) {
      T copy(std::forward<V>(value));
      data[size] = std::move(copy);
    }
  }
  return SliceAccess::Make(data, size + 1, capacity);
}

template <bool kMoving, class T, class... Vs>
ARENA_ALWAYS_INLINE Slice<T> AppendMany(Arena& arena, const Slice<T>& slice, Vs&&... values) {
  CheckAppend<T, kMoving>();
  constexpr std::size_t kCount = sizeof...(Vs);
  if constexpr (kPlain<T>) {
    // All values before the first write: they may be slots that are written to.
    const T copies[] = {Convert<T>(std::forward<Vs>(values))...};
    T* data = slice.data();
    std::size_t capacity = slice.capacity();
    if (capacity - slice.size() < kCount) [[unlikely]] {
      const SliceStorage<T> grown = GrowPlain(arena, data, slice.size(), capacity, kCount);
      data = grown.data;
      capacity = grown.capacity;
    }
    std::memcpy(static_cast<void*>(data + slice.size()), static_cast<const void*>(copies),
                sizeof(copies));
    return SliceAccess::Make(data, slice.size() + kCount, capacity);
  } else {
    if (!HasSpare(slice, kCount)) [[unlikely]] {
      const SliceStorage<T> grown = GrowAndFill<T, kMoving>(
          arena, slice.data(), slice.size(), slice.capacity(), SliceAccess::IsDetached(slice),
          kCount, [&](ElementGuard<T>& guard) {
            ((BuildElement<T>(arena, guard.next(), std::forward<Vs>(values)), guard.Count()), ...);
          });
      return SliceAccess::Make(grown.data, slice.size() + kCount, grown.capacity);
    }
    T copies[] = {Convert<T>(std::forward<Vs>(values))...};
    WriteElements(arena, slice.data(), slice.size(), kCount,
                  std::make_move_iterator(std::begin(copies)));
    return SliceAccess::Make(slice.data(), slice.size() + kCount, slice.capacity());
  }
}

template <bool kMoving, class T, class Iterator>
Slice<T> AppendCounted(Arena& arena, const Slice<T>& slice, Iterator first, std::size_t count) {
  CheckAppend<T, kMoving>();
  T* data = slice.data();
  std::size_t capacity = slice.capacity();
  if (count == 0) return slice;
  if constexpr (kPlain<T>) {
    if (capacity - slice.size() < count) {
      const SliceStorage<T> grown = GrowPlain(arena, data, slice.size(), capacity, count);
      data = grown.data;
      capacity = grown.capacity;
    }
    T* const target = data + slice.size();
    if constexpr (std::contiguous_iterator<Iterator> &&
                  std::is_same_v<std::remove_cv_t<std::iter_value_t<Iterator>>, T>) {
      std::memmove(static_cast<void*>(target), static_cast<const void*>(std::to_address(first)),
                   count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i, ++first) {
        ::new (static_cast<void*>(target + i)) T(Convert<T>(*first));
      }
    }
  } else if (HasSpare(slice, count)) {
    if constexpr (std::is_move_assignable_v<T>) {
      WriteElements(arena, data, slice.size(), count, first);
    } else {
      ElementGuard<T> guard(data + slice.size());
      for (std::size_t i = 0; i < count; ++i, ++first, guard.Count())
        BuildElement<T>(arena, guard.next(), *first);
      guard.Keep();
      SliceLayout<T>::Block(data)->live += count;
    }
  } else {
    const SliceStorage<T> grown =
        GrowAndFill<T, kMoving>(arena, data, slice.size(), capacity, SliceAccess::IsDetached(slice),
                                count, [&arena, &first, count](ElementGuard<T>& guard) {
                                  for (std::size_t i = 0; i < count; ++i, ++first, guard.Count())
                                    BuildElement<T>(arena, guard.next(), *first);
                                });
    data = grown.data;
    capacity = grown.capacity;
  }
  return SliceAccess::Make(data, slice.size() + count, capacity);
}

template <bool kMoving, class T, class R>
Slice<T> AppendRange(Arena& arena, const Slice<T>& slice, R& range) {
  using std::begin;
  using std::end;
  auto first = begin(range);
  const auto last = end(range);
  static_assert(std::is_convertible_v<decltype(*first), T>,
                "arena: SliceAppendRange needs a range whose elements convert to T implicitly");
  if constexpr (std::forward_iterator<decltype(first)>) {
    std::size_t count = 0;
    if constexpr (std::sized_sentinel_for<decltype(last), decltype(first)>) {
      count = static_cast<std::size_t>(last - first);
    } else {
      for (auto it = first; it != last; ++it) ++count;
    }
    return AppendCounted<kMoving>(arena, slice, first, count);
  } else {
    Slice<T> grown = slice;
    for (; first != last; ++first) grown = AppendOne<kMoving>(arena, grown, Convert<T>(*first));
    return grown;
  }
}

// Constructs the elements of a fresh slice: `make(place)` for each.
template <class T, class Make>
Slice<T> AllocateSliceWith(Arena& arena, std::size_t len, std::size_t capacity, Make make) {
  CheckAllocatable<T>();
  if (len > capacity) ThrowLengthError("arena: AllocateSlice: the length is above the capacity");
  if (capacity == 0) return {};
  if constexpr (kPlain<T>) {
    std::size_t bytes;
    if (!MultiplySizes(capacity, sizeof(T), &bytes)) ThrowBadAlloc();
    const ArenaAccess::Address before = ArenaAccess::Cursor(arena);
    T* const data = static_cast<T*>(ArenaAccess::AllocArray<alignof(T)>(arena, bytes));
    if constexpr (noexcept(make(data))) {
      for (std::size_t i = 0; i < len; ++i) make(data + i);
    } else {
      AllocationGuard guard(arena, before, data, bytes);
      for (std::size_t i = 0; i < len; ++i) make(data + i);
      guard.Keep();
    }
    return SliceAccess::Make(data, len, capacity);
  } else {
    NewStorage<T> storage(arena, nullptr, capacity, capacity);
    ElementGuard<T> guard(storage.elements());
    for (std::size_t i = 0; i < len; ++i, guard.Count()) make(guard.next());
    guard.Keep();
    storage.Keep(len);
    return SliceAccess::Make(storage.elements(), len, capacity);
  }
}

}  // namespace detail

/// A slice of `len` value-initialised elements with room for `capacity`; what is behind `len` is
/// raw.
///
/// Throws std::length_error when len > capacity, std::bad_alloc when memory is short or the product
/// of capacity and sizeof(T) too large, and what an element's constructor throws; nothing is kept
/// then. (0, 0) allocates nothing. O(len).
template <class T>
Slice<T> AllocateSlice(Arena& arena, std::size_t len, std::size_t capacity) {
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
  return detail::AllocateSliceWith<T>(
      arena, len, capacity, [](T* place) noexcept(std::is_nothrow_default_constructible_v<T>) {
        ::new (static_cast<void*>(place)) T;
      });
}

/// The slice with `value` behind its elements, which may be one of them.
///
/// Within the capacity this writes one element. Beyond it the slice grows to twice its capacity: in
/// place if it ends where the arena's window does, else in new storage; the old elements stay
/// valid, so an lvalue slice copies them. Pass std::move(slice) to have them moved. A single value
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
requires(std::is_convertible_v<First, T>&& std::is_convertible_v<Second, T> &&
         (std::is_convertible_v<More, T> &&
          ...)) ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice,
                                                         First&& first, Second&& second,
                                                         More&&... more) {
  return detail::AppendMany<false>(arena, slice, std::forward<First>(first),
                                   std::forward<Second>(second), std::forward<More>(more)...);
}
template <class T, class First, class Second, class... More>
requires(std::is_convertible_v<First, T>&& std::is_convertible_v<Second, T> &&
         (std::is_convertible_v<More, T> &&
          ...)) ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice,
                                                         First&& first, Second&& second,
                                                         More&&... more) {
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
