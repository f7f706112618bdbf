// SPDX-License-Identifier: Apache-2.0
//
// Where the elements of a Slice lie, and how their storage grows.
//
// Elements that are not copied as bytes lie behind a header. It counts the live ones, so that each
// is destroyed once, however many values share the storage:
//
//     +----------------------+-----------------------------------------+
//     | header: scope, live  | elements: [0, live) are constructed      |
//     +----------------------+-----------------------------------------+
//
// The scope is there for elements that are constructed with the arena's allocator. It names what
// ends the storage: an element that is appended elsewhere may not outlive its own memory.
#ifndef ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
#define ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../../allocate.hpp"
#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../objects/construct.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Elements that are copied as bytes have no header, no record and Go's semantics.
template <class T>
inline constexpr bool kBytewise =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

// Whether a T can be copied. A container of the standard library says so of itself also when its
// elements cannot be, so they are asked. Outer: the containers around it, since one may be its own
// element.
template <class T, class... Outer>
constexpr bool IsCopyable() noexcept {
  if constexpr ((std::is_same_v<T, Outer> || ...)) {
    return true;
  } else if constexpr (kIsPair<T>) {
    return IsCopyable<typename T::first_type, T, Outer...>() &&
           IsCopyable<typename T::second_type, T, Outer...>();
  } else if constexpr (requires {
                         typename T::value_type;
                         typename T::allocator_type;
                       }) {
    return std::is_copy_constructible_v<T> && IsCopyable<typename T::value_type, T, Outer...>();
  } else {
    return std::is_copy_constructible_v<T>;
  }
}
template <class T>
inline constexpr bool kCopyable = detail::IsCopyable<T>();

// Flags in the capacity of a slice whose elements are not copied as bytes. kHeaderless: no header
// lies before the first element, because the slice starts further behind. kShared: another value
// may name the elements, so growing copies them even when it is told to move.
inline constexpr std::size_t kHeaderless = ~(SIZE_MAX >> 1);
inline constexpr std::size_t kShared = kHeaderless >> 1;

// Upper bound of a capacity, which keeps it below the flags.
template <class T>
inline constexpr std::size_t kMaxCapacity =
    MinOf(kMaxSize / sizeof(T), kBytewise<T> ? kMaxSize : kShared - 1);

// The capacity of a slice, with its flags. If kRemembers, a copy of it is marked as shared.
template <bool kRemembers>
struct SliceCapacity {
  constexpr explicit SliceCapacity(std::size_t capacity = 0) noexcept : word(capacity) {}

  std::size_t word;
};
template <>
struct SliceCapacity<true> {
  constexpr explicit SliceCapacity(std::size_t capacity = 0) noexcept : word(capacity) {}
  constexpr SliceCapacity(const SliceCapacity& other) noexcept : word(other.word | kShared) {}
  constexpr SliceCapacity(SliceCapacity&&) noexcept = default;
  // NOLINTNEXTLINE(cert-oop54-cpp): assigned to itself it may be marked as shared
  constexpr SliceCapacity& operator=(const SliceCapacity& other) noexcept {
    word = other.word | kShared;
    return *this;
  }
  constexpr SliceCapacity& operator=(SliceCapacity&&) noexcept = default;

  std::size_t word;
};

// Whether a copy of a Slice<T> remembers that it is one. A class that holds slices of itself is
// still incomplete when this is evaluated. Whether it is trivially copyable depends on those
// slices, so they must be.
template <class T>
constexpr bool RemembersCopies() noexcept {
  if constexpr (requires { sizeof(T); }) {
    return !kBytewise<T>;
  } else {
    return false;
  }
}

// The elements of a slice and how many have room there. Growth returns it in two registers.
template <class T>
struct SliceStorage {
  T* data;
  std::size_t capacity;
};

// Whether a T may use memory of the arena that it was constructed with: its destructor does, or an
// assignment to it, which skipped and trivial destructors have no say in.
template <class T>
inline constexpr bool kTakesArena = !kBytewise<T> && std::uses_allocator_v<T, Allocator<std::byte>>;
template <class First, class Second>
inline constexpr bool kTakesArena<std::pair<First, Second>> =
    kTakesArena<First> || kTakesArena<Second>;
// A tuple says that it takes any allocator, for parts that may.
template <class... Parts>
inline constexpr bool kTakesArena<std::tuple<Parts...>> = (kTakesArena<Parts> || ...);

template <class T>
struct SliceLayout {
  static constexpr std::size_t kAlignment =
      MaxOf(alignof(T), MaxOf(alignof(std::size_t), alignof(const void*)));
  static constexpr std::size_t kFront =
      AlignUp(sizeof(std::size_t) + (kTakesArena<T> ? sizeof(const void*) : 0), kAlignment);

  // The header, right before the elements. The address goes through an integer because a compiler
  // may take the first element for the start of an object, and the header for an access out of
  // bounds.
  static std::size_t& Live(T* elements) noexcept {
    return *reinterpret_cast<std::size_t*>(reinterpret_cast<std::uintptr_t>(elements) -
                                           sizeof(std::size_t));
  }

  // What ends the storage, as Arena::Scope names it; if kTakesArena.
  static const void*& Scope(T* elements) noexcept {
    return *reinterpret_cast<const void**>(reinterpret_cast<std::uintptr_t>(elements) -
                                           sizeof(std::size_t) - sizeof(const void*));
  }

  // Whether what an element takes from the arena now lives as long as the storage.
  static ARENA_ALWAYS_INLINE bool EndsWith(ARENA_MAYBE_UNUSED const Arena& arena,
                                           ARENA_MAYBE_UNUSED T* elements) noexcept {
    if constexpr (kTakesArena<T>) {
      return Scope(elements) == arena.Scope();
    } else {
      return true;
    }
  }

  static bool Bytes(std::size_t capacity, std::size_t* bytes) noexcept {
    return MultiplySizes(capacity, sizeof(T), bytes) && AddSizes(*bytes, kFront, bytes);
  }

  // The cleanup of a storage. It stops counting an element before it calls the destructor, which
  // may look at the slice.
  static void DestroyElements(void* elements) noexcept {
    T* const first = static_cast<T*>(elements);
    for (std::size_t& live = Live(first); live != 0;) first[--live].~T();
  }
};

// Makes an element of another one, or of a value that converts to T implicitly.
template <class T, class V>
ARENA_ALWAYS_INLINE T Convert(V&& value) {
  if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
    return T(std::forward<V>(value));  // T's copy constructor may be explicit
  } else if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<std::remove_cvref_t<V>>) {
    return static_cast<T>(value);  // no warning in here for what the caller wrote
  } else {
    return std::forward<V>(value);
  }
}

template <class V, class T>
concept ConvertsTo = std::is_convertible_v<V, T> ||
                     (std::is_same_v<std::remove_cvref_t<V>, T> && std::is_constructible_v<T, V>);

// Constructs an element, with the arena's allocator if T takes one, as a std::pmr container would.
template <class T, class V>
ARENA_ALWAYS_INLINE void ConstructElement(ARENA_MAYBE_UNUSED Arena& arena, T* place, V&& value) {
  if constexpr (kMayTakeArena<T>) {
    if constexpr (detail::HowToConstruct<T, T&&>() != Construction::kImpossible) {
      if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
        detail::ConstructIn<T>(arena, place, std::forward<V>(value));
      } else {
        detail::ConstructIn<T>(arena, place, detail::Convert<T>(std::forward<V>(value)));
      }
      return;
    }
  }
  ::new (static_cast<void*>(place)) T(detail::Convert<T>(std::forward<V>(value)));
}

// Destroys the elements that it has counted, unless it is dismissed.
template <class T>
class ElementGuard {
 public:
  explicit ElementGuard(T* first) noexcept : first_(first) {}
  ~ElementGuard() {
    while (count_ != 0) first_[--count_].~T();
  }
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;

  template <class V>
  ARENA_ALWAYS_INLINE void Construct(Arena& arena, V&& value) {
    detail::ConstructElement<T>(arena, next(), std::forward<V>(value));
    Count();
  }
  T* next() const noexcept { return first_ + count_; }
  void Count() noexcept { ++count_; }
  void Dismiss() noexcept { count_ = 0; }

 private:
  T* first_;
  std::size_t count_ = 0;
};

// ---- Storage of elements that are copied as bytes ------------------------------------------------

// Sets the capacity that is needed, and the one that is wanted: twice the old one, or the old one
// where the elements only have to lie elsewhere. Throws std::bad_alloc if the need is above
// kMaxCapacity.
template <class T>
void PlanGrowth(std::size_t size, std::size_t capacity, std::size_t extra, std::size_t* need,
                std::size_t* wanted) {
  if (!AddSizes(size, extra, need) || *need > kMaxCapacity<T>) ThrowBadAlloc();
  *wanted = *need <= capacity ? capacity : MaxOf(*need, MinOf(2 * capacity, kMaxCapacity<T>));
}

template <class T>
ARENA_COLD SliceStorage<T> GrowBytewise(Arena& arena, T* data, std::size_t size,
                                        std::size_t capacity, std::size_t extra) {
  std::size_t need, wanted;
  detail::PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  if (const std::size_t extended =
          detail::ExtendInPlace(arena, data, 0, sizeof(T), capacity, need, wanted)) {
    return {data, extended};
  }
  void* storage = arena.TryAlloc(wanted * sizeof(T), alignof(T));
  if (storage == nullptr) {
    storage = arena.Alloc(need * sizeof(T), alignof(T));
    wanted = need;
  }
  if (size != 0) std::memcpy(storage, static_cast<const void*>(data), size * sizeof(T));
  return {static_cast<T*>(storage), wanted};
}

// ---- Storage of other elements -----------------------------------------------------------------

// A new storage and its record, without an element yet. The destructor takes both back unless Keep
// was called.
template <class T>
class NewStorage {
  using Layout = SliceLayout<T>;

 public:
  // Allocates room for `wanted` elements, or for `need` where memory is short. Throws
  // std::bad_alloc.
  NewStorage(Arena& arena, std::size_t wanted, std::size_t need)
      : arena_(arena), before_(arena.Position()), capacity_(wanted) {
    void* start =
        Layout::Bytes(wanted, &bytes_) ? arena.TryAlloc(bytes_, Layout::kAlignment) : nullptr;
    if (start == nullptr) {
      if (!Layout::Bytes(need, &bytes_)) ThrowBadAlloc();
      start = arena.Alloc(bytes_, Layout::kAlignment);
      capacity_ = need;
    }
    void* const first = static_cast<std::byte*>(start) + Layout::kFront;
    elements_ = static_cast<T*>(first);
    ::new (static_cast<void*>(&Layout::Live(elements_))) std::size_t{0};
    if constexpr (kTakesArena<T>) {
      ::new (static_cast<void*>(&Layout::Scope(elements_))) const void* {arena.Scope()};
    }
    if constexpr (kNeedsCleanup<T>) {
      if (!arena.AddCleanup({&Layout::DestroyElements, elements_})) {
        arena.Undo(before_, start, bytes_);
        ThrowBadAlloc();
      }
    }
  }

  ~NewStorage() {
    if (kept_) return;
    if constexpr (kNeedsCleanup<T>) {
      // The record is no longer the newest if an element registered a cleanup or left a scope open.
      // It stays then, with no element to destroy.
      if (!arena_.DropCleanup(elements_)) return;
    }
    arena_.Undo(before_, reinterpret_cast<std::byte*>(elements_) - Layout::kFront, bytes_);
  }

  NewStorage(const NewStorage&) = delete;
  NewStorage& operator=(const NewStorage&) = delete;

  T* elements() const noexcept { return elements_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // Keeps the storage, with its first `live` elements constructed.
  void Keep(std::size_t live) noexcept {
    Layout::Live(elements_) = live;
    kept_ = true;
  }

 private:
  Arena& arena_;
  Address before_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  T* elements_ = nullptr;
  bool kept_ = false;
};

// Appends `extra` elements, which fill(guard) constructs one after the other: in place if the
// storage is the arena's newest allocation, else in new storage, to which the old elements are
// moved or copied.
template <class T, bool kMoving, class Fill>
ARENA_COLD SliceStorage<T> GrowAndFill(Arena& arena, T* data, std::size_t size,
                                       std::size_t capacity, bool headerless, std::size_t extra,
                                       Fill fill) {
  using Layout = SliceLayout<T>;
  std::size_t need, wanted;
  detail::PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  // If Live is above size, another value has appended to the storage, and the slots are taken.
  if (data != nullptr && !headerless && Layout::Live(data) == size) {
    void* const start = reinterpret_cast<std::byte*>(data) - Layout::kFront;
    if (const std::size_t extended = detail::ExtendInPlace(arena, start, Layout::kFront, sizeof(T),
                                                           capacity, need, wanted)) {
      struct Shrink {
        Arena& arena;
        void* start;
        std::size_t bytes, old_bytes;
        bool undo = true;
        ~Shrink() {
          if (undo) arena.TryResize(start, bytes, old_bytes);
        }
      } shrink{arena, start, Layout::kFront + extended * sizeof(T),
               Layout::kFront + capacity * sizeof(T)};
      ElementGuard<T> guard(data + size);
      fill(guard);
      guard.Dismiss();
      shrink.undo = false;
      Layout::Live(data) = need;
      return {data, extended};
    }
  }

  NewStorage<T> storage(arena, wanted, need);
  T* const elements = storage.elements();
  // The new elements come first: they may be made from old ones, which are moved from below.
  ElementGuard<T> added(elements + size);
  fill(added);
  ElementGuard<T> relocated(elements);
  for (std::size_t i = 0; i < size; ++i) {
    if constexpr (kMoving && (std::is_nothrow_move_constructible_v<T> || !kCopyable<T>)) {
      if constexpr (kTakesArena<T>) {
        // What the element holds may end before the new storage does. Without a header nothing
        // tells.
        if (headerless || !Layout::EndsWith(arena, data)) {
          relocated.Construct(arena, std::move(data[i]));
          continue;
        }
      }
      ::new (static_cast<void*>(relocated.next())) T(std::move(data[i]));
      relocated.Count();
    } else {
      relocated.Construct(arena, std::as_const(data[i]));
    }
  }
  relocated.Dismiss();
  added.Dismiss();
  storage.Keep(need);
  return {elements, storage.capacity()};
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
