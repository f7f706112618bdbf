// SPDX-License-Identifier: Apache-2.0
//
// Where the elements of a Slice lie, and how their storage grows.
//
// Elements that are not trivially copyable lie behind a header, so that each of them is destroyed
// once, however many values share the storage and however often it grew:
//
//     +-----------+------------+-----------------------------+
//     | SliceRoot | SliceBlock | elements, `live` are there  |   the oldest, with the one record
//     +-----------+------------+-----------------------------+
//                 +------------+-----------------------------+
//                 | SliceBlock | elements                    |   the newest: root, older lead back
//                 +------------+-----------------------------+
#ifndef ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
#define ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "../../allocate.hpp"
#include "../../allocator.hpp"
#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "../objects/construct.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Elements that can be copied as bytes have no header, no record and Go's semantics.
template <class T>
inline constexpr bool kPlain =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

// Where a slice's elements are: what growing returns, in two registers.
template <class T>
struct SliceStorage {
  T* data;
  std::size_t capacity;
};

struct SliceBlock;

struct SliceRoot {
  SliceBlock* newest;
};

// Stands right before the elements.
struct SliceBlock {
  SliceRoot* root;
  SliceBlock* older;
  std::size_t live;  // elements [0, live) are constructed
};

template <class T>
struct SliceLayout {
  static constexpr std::size_t kAlignment =
      MaxOf(alignof(T), MaxOf(alignof(SliceBlock), alignof(SliceRoot)));
  static constexpr std::size_t kFront = AlignUp(sizeof(SliceBlock), kAlignment);
  static constexpr std::size_t kRootFront =
      AlignUp(sizeof(SliceRoot) + sizeof(SliceBlock), kAlignment);

  // By way of an integer: compilers may take the first element for the start of an object, and
  // what lies before it for out of bounds.
  static SliceBlock* Block(T* elements) noexcept {
    return reinterpret_cast<SliceBlock*>(reinterpret_cast<std::uintptr_t>(elements) -
                                         sizeof(SliceBlock));
  }
  static T* Elements(SliceBlock* block) noexcept {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(block) + sizeof(SliceBlock));
  }
  static std::size_t Front(const SliceBlock* block) noexcept {
    return block->older == nullptr ? kRootFront : kFront;
  }

  static bool Bytes(std::size_t capacity, std::size_t front, std::size_t* bytes) noexcept {
    return MultiplySizes(capacity, sizeof(T), bytes) && AddSizes(*bytes, front, bytes);
  }

  // The cleanup of a slice: every element of every storage, last first.
  static void DestroyAll(void* object) noexcept {
    auto* const root = static_cast<SliceRoot*>(object);
    while (SliceBlock* const block = root->newest) {
      while (block->live != 0) Elements(block)[--block->live].~T();
      root->newest = block->older;
    }
  }
};

// An element's value from anything that converts to it implicitly.
template <class T, class V>
ARENA_ALWAYS_INLINE T Convert(V&& value) {
  return std::forward<V>(value);
}

// Constructs an element, with the arena where it takes an allocator, as a std::pmr container would.
template <class T, class V>
ARENA_ALWAYS_INLINE void BuildElement(Arena& arena, T* place, V&& value) {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    if constexpr (HowToBuild<T, T&&>() != Building::kImpossible) {
      if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
        BuildIn<T>(arena, place, std::forward<V>(value));
      } else {
        BuildIn<T>(arena, place, Convert<T>(std::forward<V>(value)));
      }
      return;
    }
  }
  ::new (static_cast<void*>(place)) T(Convert<T>(std::forward<V>(value)));
}

// Destroys the elements it has counted unless they are kept.
template <class T>
class ElementGuard {
 public:
  explicit ElementGuard(T* first) noexcept : first_(first) {}
  ~ElementGuard() {
    while (count_ != 0) first_[--count_].~T();
  }
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;

  T* next() const noexcept { return first_ + count_; }
  void Count() noexcept { ++count_; }
  void Keep() noexcept { count_ = 0; }

 private:
  T* first_;
  std::size_t count_ = 0;
};

// ---- Storage of plain elements -----------------------------------------------------------------

// Grows in place, to `wanted` elements or to as many above `need` as there is room for; returns the
// new capacity, or 0 when the storage is not the arena's last.
template <class T>
std::size_t ExtendStorage(Arena& arena, void* start, std::size_t front, std::size_t capacity,
                          std::size_t need, std::size_t wanted) noexcept {
  const std::size_t old_bytes = front + capacity * sizeof(T);
  if (!arena.TryResize(start, old_bytes, old_bytes)) return 0;
  for (std::size_t target = wanted;; target = MaxOf(need, capacity + (target - capacity) / 2)) {
    std::size_t bytes;
    if (SliceLayout<T>::Bytes(target, front, &bytes) && arena.TryResize(start, old_bytes, bytes))
      return target;
    if (target == need) return 0;
  }
}

// The capacity that is needed and, without overflow, the one wanted.
template <class T>
void PlanGrowth(std::size_t size, std::size_t capacity, std::size_t extra, std::size_t* need,
                std::size_t* wanted) {
  if (!AddSizes(size, extra, need) || *need > kMaxSize / sizeof(T)) ThrowBadAlloc();
  *wanted = MaxOf(*need, MinOf(2 * capacity, kMaxSize / sizeof(T)));
}

template <class T>
ARENA_COLD SliceStorage<T> GrowPlain(Arena& arena, T* data, std::size_t size, std::size_t capacity,
                                     std::size_t extra) {
  std::size_t need, wanted;
  PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  if (const std::size_t extended = ExtendStorage<T>(arena, data, 0, capacity, need, wanted))
    return {data, extended};
  void* storage = arena.TryAlloc(wanted * sizeof(T), alignof(T));
  if (storage == nullptr) {
    storage = arena.Alloc(need * sizeof(T), alignof(T));
    wanted = need;
  }
  if (size != 0) std::memcpy(storage, static_cast<const void*>(data), size * sizeof(T));
  return {static_cast<T*>(storage), wanted};
}

// ---- Storage of other elements -----------------------------------------------------------------

// A new storage, its root if it needs one of its own, and the root's record; taken back unless
// kept.
template <class T>
class NewStorage {
  using Layout = SliceLayout<T>;

 public:
  // With `lineage`, the storage is linked to that root when it is kept. Throws std::bad_alloc.
  NewStorage(Arena& arena, SliceRoot* lineage, std::size_t capacity, std::size_t least)
      : arena_(arena), before_(arena.Position()), lineage_(lineage), capacity_(capacity) {
    const std::size_t front = lineage != nullptr ? Layout::kFront : Layout::kRootFront;
    start_ = Layout::Bytes(capacity, front, &bytes_) ? arena.TryAlloc(bytes_, Layout::kAlignment)
                                                     : nullptr;
    if (start_ == nullptr) {
      if (!Layout::Bytes(least, front, &bytes_)) ThrowBadAlloc();
      start_ = arena.Alloc(bytes_, Layout::kAlignment);
      capacity_ = least;
    }
    std::byte* const elements = static_cast<std::byte*>(start_) + front;
    block_ =
        ::new (static_cast<void*>(elements - sizeof(SliceBlock))) SliceBlock{lineage, nullptr, 0};
    if (lineage != nullptr) return;
    block_->root = ::new (start_) SliceRoot{block_};
    if constexpr (kNeedsCleanup<T>) {
      // Before the elements: what their constructors register dies before them.
      if (!arena.AddCleanup({&Layout::DestroyAll, start_})) {
        arena.Undo(before_, start_, bytes_);
        ThrowBadAlloc();
      }
    }
  }

  ~NewStorage() {
    if (start_ == nullptr) return;
    bool dropped = true;
    if constexpr (kNeedsCleanup<T>) {
      // If an element registered something since, the record stays, with no element to destroy.
      // The same if an element left a scope open.
      if (lineage_ == nullptr) {
        dropped = arena_.DropCleanup(start_);
      }
    }
    if (dropped) arena_.Undo(before_, start_, bytes_);
  }

  NewStorage(const NewStorage&) = delete;
  NewStorage& operator=(const NewStorage&) = delete;

  T* elements() const noexcept { return Layout::Elements(block_); }
  std::size_t capacity() const noexcept { return capacity_; }

  void Keep(std::size_t live) noexcept {
    block_->live = live;
    if (lineage_ != nullptr) {
      block_->older = lineage_->newest;
      lineage_->newest = block_;
    }
    start_ = nullptr;
  }

 private:
  Arena& arena_;
  Address before_;
  SliceRoot* lineage_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  void* start_;
  SliceBlock* block_;
};

// Appends `extra` elements that fill(guard) constructs one after the other, in place if the arena's
// last bytes are this storage, else in new storage to which the old elements are moved or copied.
template <class T, bool kMoving, class Fill>
ARENA_COLD SliceStorage<T> GrowAndFill(Arena& arena, T* data, std::size_t size,
                                       std::size_t capacity, bool detached, std::size_t extra,
                                       Fill fill) {
  using Layout = SliceLayout<T>;
  std::size_t need, wanted;
  PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  SliceRoot* lineage = nullptr;
  if (data != nullptr && !detached) {
    SliceBlock* const block = Layout::Block(data);
    const std::size_t front = Layout::Front(block);
    void* const start = reinterpret_cast<std::byte*>(data) - front;
    // Only if no other value has appended to it meanwhile.
    if (block->live == size) {
      if (const std::size_t extended =
              ExtendStorage<T>(arena, start, front, capacity, need, wanted)) {
        struct Shrink {
          Arena& arena;
          void* start;
          std::size_t bytes, old_bytes;
          bool undo = true;
          ~Shrink() {
            if (undo) arena.TryResize(start, bytes, old_bytes);
          }
        } shrink{arena, start, front + extended * sizeof(T), front + capacity * sizeof(T)};
        ElementGuard<T> guard(data + size);
        fill(guard);
        guard.Keep();
        shrink.undo = false;
        block->live = need;
        return {data, extended};
      }
    }
    SliceRoot* const root = block->root;
    static_cast<void>(root);
  }

  NewStorage<T> storage(arena, lineage, wanted, need);
  T* const elements = storage.elements();
  // The new elements first: they may be made from the old ones.
  ElementGuard<T> added(elements + size);
  fill(added);
  ElementGuard<T> relocated(elements);
  for (std::size_t i = 0; i < size; ++i, relocated.Count()) {
    if constexpr (kMoving &&
                  (std::is_nothrow_move_constructible_v<T> || !std::is_copy_constructible_v<T>)) {
      ::new (static_cast<void*>(relocated.next())) T(std::move(data[i]));
    } else {
      BuildElement<T>(arena, relocated.next(), std::as_const(data[i]));
    }
  }
  relocated.Keep();
  added.Keep();
  storage.Keep(need);
  return {elements, storage.capacity()};
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
