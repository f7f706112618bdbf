// SPDX-License-Identifier: Apache-2.0
//
// Appending to a Slice: within its capacity, or by growing its storage.
#ifndef ARENA_DETAIL_SLICE_SLICE_APPEND_HPP
#define ARENA_DETAIL_SLICE_SLICE_APPEND_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "../../allocate.hpp"
#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../../fwd.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "slice_storage.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct SliceAccess {
  template <class T>
  static constexpr Slice<T> Make(T* data, std::size_t size, std::size_t capacity) noexcept {
    return Slice<T>(data, size, capacity);
  }
  // Whether the slice has this flag.
  template <class T>
  static bool Is(std::size_t flag, const Slice<T>& slice) noexcept {
    return (slice.capacity_.word & flag) != 0;
  }

  // Returns the slice with `count` more elements in the same storage. The old value names its
  // elements, too, unless it was moved.
  template <bool kMoving, class T>
  static ARENA_ALWAYS_INLINE Slice<T> Longer(const Slice<T>& slice, std::size_t count) noexcept {
    return Slice<T>(slice.data_, slice.size_ + count,
                    slice.capacity_.word | (kMoving || kBytewise<T> ? 0 : kShared));
  }
  // Returns the slice with `count` more elements in `storage`. If that is new, and has not grown in
  // place, no other value names its elements.
  template <bool kMoving, class T>
  static Slice<T> Grown(const Slice<T>& slice, std::size_t count,
                        const SliceStorage<T>& storage) noexcept {
    const bool in_place = storage.data == slice.data_;
    const std::size_t shared = kMoving ? slice.capacity_.word & kShared : kShared;
    return Slice<T>(storage.data, slice.size_ + count, storage.capacity | (in_place ? shared : 0));
  }
};

// GrowAndFill for a slice. It copies the old elements if another value may name them, which only
// kShared tells when the slice was moved.
template <bool kMoving, class T, class Fill>
Slice<T> GrowSlice(Arena& arena, const Slice<T>& slice, std::size_t count, Fill fill) {
  const auto grow = [&]<bool kMove>(std::bool_constant<kMove>) {
    return detail::GrowAndFill<T, kMove>(arena, slice.data(), slice.size(), slice.capacity(),
                                         SliceAccess::Is(kHeaderless, slice), count, fill);
  };
  if constexpr (kMoving && kCopyable<T>) {
    if (SliceAccess::Is(kShared, slice)) {
      return SliceAccess::Grown<true>(slice, count, grow(std::false_type()));
    }
  }
  return SliceAccess::Grown<kMoving>(slice, count, grow(std::bool_constant<kMoving>()));
}

// Returns the storage of a slice with room for `count` more elements, grown if it has less.
template <class T>
ARENA_ALWAYS_INLINE SliceStorage<T> BytewiseRoom(Arena& arena, const Slice<T>& slice,
                                                 std::size_t count) {
  const SliceStorage<T> own{slice.data(), slice.capacity()};
  if (own.capacity - slice.size() >= count) [[likely]] {
    return own;
  }
  return detail::GrowBytewise<T>(arena, own.data, slice.size(), own.capacity, count);
}

// Whether `count` elements, at least one, can be written behind the slice without moving it. Not
// for elements that are copied as bytes.
template <class T>
ARENA_ALWAYS_INLINE bool HasSpare(const Arena& arena, const Slice<T>& slice,
                                  std::size_t count) noexcept {
  if (slice.capacity() - slice.size() < count) return false;
  if (!SliceLayout<T>::EndsWith(arena, slice.data())) return false;
  const std::size_t live = SliceLayout<T>::Live(slice.data());
  // A live element that we cannot assign to blocks the append as the end of the storage would.
  // While the elements are being destroyed fewer are live than the slice has: the storage takes no
  // more.
  return std::is_move_assignable_v<T> ? live >= slice.size() : live == slice.size();
}

// Whether the iterator is as good as a const T*. The iterator of a volatile T is not.
template <class Iterator, class T>
concept PointsTo =
    std::contiguous_iterator<Iterator> &&
    std::is_same_v<const std::remove_reference_t<std::iter_reference_t<Iterator>>, const T>;

// Writes `count` elements from `source` behind the slice, which HasSpare for them: assigns to those
// that are live, constructs the others. Elements and source may overlap.
template <class T, class Iterator>
void WriteElements(Arena& arena, T* data, std::size_t size, std::size_t count, Iterator source) {
  std::size_t& storage_live = SliceLayout<T>::Live(data);
  T* const target = data + size;
  // How many of the slots are live.
  std::size_t live = 0;
  const auto construct_others = [&](Iterator from) {
    ElementGuard<T> guard(target + live);
    for (std::size_t i = live; i < count; ++i) {
      guard.Construct(arena, *from);
      ++from;
    }
    guard.Dismiss();
    storage_live = MaxOf(storage_live, size + count);
  };
  // If we cannot assign to elements, HasSpare has seen to it that none is live.
  if constexpr (std::is_move_assignable_v<T>) {
    live = MinOf(storage_live - size, count);
    const auto assign = [&](std::size_t i, const Iterator& from) {
      T value(detail::Convert<T>(*from));
      target[i] = std::move(value);
    };
    if constexpr (PointsTo<Iterator, T>) {
      // A source before its destination may overlap it, so its last elements are read first.
      if (reinterpret_cast<std::uintptr_t>(std::to_address(source)) <
          reinterpret_cast<std::uintptr_t>(target)) {
        construct_others(source + static_cast<std::ptrdiff_t>(live));
        for (std::size_t i = live; i != 0; --i) {
          assign(i - 1, source + static_cast<std::ptrdiff_t>(i - 1));
        }
        return;
      }
    }
    for (std::size_t i = 0; i < live; ++i) {
      assign(i, source);
      ++source;
    }
  }
  construct_others(source);
}

template <class T, bool kMoving>
constexpr void CheckAppend() noexcept {
  CheckAllocatable<T>();
  static_assert(kMoving || kCopyable<T>,
                "arena: a slice of a move-only type grows by moving: write SliceAppend(arena, "
                "std::move(slice), ...)");
}

template <bool kMoving, class T, class V>
ARENA_ALWAYS_INLINE Slice<T> AppendOne(Arena& arena, const Slice<T>& slice, V&& value) {
  CheckAppend<T, kMoving>();
  const std::size_t size = slice.size();
  if constexpr (kBytewise<T>) {
    const SliceStorage<T> storage = detail::BytewiseRoom(arena, slice, 1);
    void* const place = storage.data + size;
    // Copied first, because the value may be this very slot, reached through another slice.
    if constexpr (sizeof(T) <= 2 * sizeof(void*) && std::is_copy_constructible_v<T>) {
      const T copy(std::as_const(value));  // a template may take a T& better than T's copying does
      ::new (place) T(copy);
    } else {
      std::memmove(place, static_cast<const void*>(std::addressof(value)), sizeof(T));
    }
    return SliceAccess::Make(storage.data, size + 1, storage.capacity);
  } else {
    T* const data = slice.data();
    // As HasSpare, with the usual case first.
    if (size != slice.capacity() && SliceLayout<T>::EndsWith(arena, data)) [[likely]] {
      std::size_t& live = SliceLayout<T>::Live(data);
      if (live == size) [[likely]] {
        detail::ConstructElement<T>(arena, data + size, std::forward<V>(value));
        live = size + 1;
        return SliceAccess::Longer<kMoving>(slice, 1);
      }
      if constexpr (std::is_move_assignable_v<T>) {
        if (live > size) {
          T copy(std::forward<V>(value));
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-copy"  // whatever T's assignment is
#endif
          data[size] = std::move(copy);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
          return SliceAccess::Longer<kMoving>(slice, 1);
        }
      }
    }
    return detail::GrowSlice<kMoving>(arena, slice, 1, [&arena, &value](ElementGuard<T>& guard) {
      guard.Construct(arena, std::forward<V>(value));
    });
  }
}

template <bool kMoving, class T, class Iterator>
Slice<T> AppendCounted(Arena& arena, const Slice<T>& slice, Iterator first, std::size_t count) {
  if (count == 0) return SliceAccess::Longer<kMoving>(slice, 0);
  if constexpr (kBytewise<T>) {
    const SliceStorage<T> storage = detail::BytewiseRoom(arena, slice, count);
    T* const target = storage.data + slice.size();
    if constexpr (PointsTo<Iterator, T>) {
      std::memmove(static_cast<void*>(target), static_cast<const void*>(std::to_address(first)),
                   count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        ::new (static_cast<void*>(target + i)) T(detail::Convert<T>(*first));
        ++first;
      }
    }
    return SliceAccess::Make(storage.data, slice.size() + count, storage.capacity);
  } else {
    if (detail::HasSpare(arena, slice, count)) {
      detail::WriteElements<T>(arena, slice.data(), slice.size(), count, first);
      return SliceAccess::Longer<kMoving>(slice, count);
    }
    return detail::GrowSlice<kMoving>(arena, slice, count, [&](ElementGuard<T>& guard) {
      for (std::size_t i = 0; i < count; ++i) {
        guard.Construct(arena, *first);
        ++first;
      }
    });
  }
}

template <bool kMoving, class T, class... Vs>
ARENA_ALWAYS_INLINE Slice<T> AppendMany(Arena& arena, const Slice<T>& slice, Vs&&... values) {
  CheckAppend<T, kMoving>();
  constexpr std::size_t kCount = sizeof...(Vs);
  if constexpr (kBytewise<T>) {
    // All values are read before the first write, because they may be slots that are written to.
    const T copies[] = {detail::Convert<T>(std::forward<Vs>(values))...};
    return detail::AppendCounted<kMoving, T>(arena, slice, std::begin(copies), kCount);
  } else {
    if (!detail::HasSpare(arena, slice, kCount)) [[unlikely]] {
      return detail::GrowSlice<kMoving>(arena, slice, kCount, [&](ElementGuard<T>& guard) {
        (guard.Construct(arena, std::forward<Vs>(values)), ...);
      });
    }
    std::size_t& live = SliceLayout<T>::Live(slice.data());
    if (live == slice.size()) [[likely]] {
      // No value can be a slot that is written to, because none is live. So the elements are
      // constructed in place, and a type that takes the arena's allocator asks no other.
      ElementGuard<T> guard(slice.data() + slice.size());
      (guard.Construct(arena, std::forward<Vs>(values)), ...);
      guard.Dismiss();
      live = slice.size() + kCount;
      return SliceAccess::Longer<kMoving>(slice, kCount);
    }
    // All values are read before the first write.
    T copies[] = {detail::Convert<T>(std::forward<Vs>(values))...};
    detail::WriteElements<T>(arena, slice.data(), slice.size(), kCount,
                             std::move_iterator<T*>(copies));
    return SliceAccess::Longer<kMoving>(slice, kCount);
  }
}

// The ends of a range. As in std::ranges, a user's function begin(range) is called only if there is
// no member; unlike there, a range-based for loop is all that a range has to serve.
template <class R>
auto FirstOfRange(R& range) {
  if constexpr (requires { std::begin(range); }) {
    return std::begin(range);
  } else {
    return begin(range);
  }
}
template <class R>
auto LastOfRange(R& range) {
  if constexpr (requires { std::end(range); }) {
    return std::end(range);
  } else {
    return end(range);
  }
}

// Whether the two functions above find what they return.
template <class R>
concept HasEnds =
    (requires(R& range) { std::begin(range); } || requires(R& range) { begin(range); }) &&
    (requires(R& range) { std::end(range); } || requires(R& range) { end(range); });

template <bool kMoving, class T, class R>
Slice<T> AppendRange(Arena& arena, const Slice<T>& slice, R& range) {
  CheckAppend<T, kMoving>();
  static_assert(
      HasEnds<R>,
      "arena: SliceAppendRange needs a range, which has begin() and end(), or a braced list; "
      "SliceAppend takes values");
  if constexpr (HasEnds<R>) {
    auto first = detail::FirstOfRange(range);
    // Not const: sentinels are assignable (std::semiregular).
    auto last = detail::LastOfRange(range);
    static_assert(ConvertsTo<decltype(*first), T>,
                  "arena: SliceAppendRange needs a range whose elements convert to T implicitly");
    if constexpr (std::forward_iterator<decltype(first)>) {
      std::size_t count = 0;
      if constexpr (std::sized_sentinel_for<decltype(last), decltype(first)>) {
        count = static_cast<std::size_t>(last - first);
      } else {
        for (auto it = first; it != last; ++it) ++count;
      }
      return detail::AppendCounted<kMoving, T>(arena, slice, first, count);
    } else {
      // AppendOne<true> moves the elements of storage that no other value names when that grows
      // again.
      Slice<T> grown = SliceAccess::Longer<kMoving>(slice, 0);
      for (; first != last; ++first) {
        grown = detail::AppendOne<true, T>(arena, grown, detail::Convert<T>(*first));
      }
      return grown;
    }
  }
}

// Allocates a slice and constructs its elements: make(place) for each.
template <class T, class Make>
Slice<T> AllocateSliceWith(Arena& arena, std::size_t len, std::size_t capacity, Make make) {
  if (len > capacity)
    Throw<std::length_error>("arena: AllocateSlice: the length is above the capacity");
  if (capacity == 0) return {};
  if constexpr (kBytewise<T>) {
    std::size_t bytes;
    if (!MultiplySizes(capacity, sizeof(T), &bytes)) ThrowBadAlloc();
    const Address before = arena.Position();
    T* const data = static_cast<T*>(arena.Alloc(bytes, alignof(T)));
    AllocationGuard guard(arena, before, data, bytes);
    for (std::size_t i = 0; i < len; ++i) make(data + i);
    guard.Dismiss();
    return SliceAccess::Make(data, len, capacity);
  } else {
    if (capacity > kMaxCapacity<T>) ThrowBadAlloc();
    NewStorage<T> storage(arena, capacity, capacity);
    ElementGuard<T> guard(storage.elements());
    for (std::size_t i = 0; i < len; ++i) {
      make(guard.next());
      guard.Count();
    }
    guard.Dismiss();
    storage.Keep(len);
    return SliceAccess::Make(storage.elements(), len, capacity);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_APPEND_HPP
