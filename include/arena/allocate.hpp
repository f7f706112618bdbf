// SPDX-License-Identifier: Apache-2.0
//
// Typed allocation: constructs objects in an arena and registers their cleanups.
#ifndef ARENA_ALLOCATE_HPP
#define ARENA_ALLOCATE_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "allocator.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/assert.hpp"
#include "detail/core/cleanup_records.hpp"
#include "detail/objects/construct.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

/// Specialise to true for a type whose only resource is memory of its arena. The arena then does
/// not call its destructor and needs no record for it.
///
///     template <> inline constexpr bool arena::skip_destructor<Document> = true;
template <class T>
inline constexpr bool skip_destructor = false;

namespace detail {

template <class T>
inline constexpr bool kNeedsCleanup = !std::is_trivially_destructible_v<T> && !skip_destructor<T>;

template <class T>
constexpr void CheckDestructor() noexcept {
  static_assert(std::is_nothrow_destructible_v<T>,
                "arena: the destructor must be accessible and noexcept; declare it so");
}

// Says, where a T cannot be allocated, what to write instead; false then, so that nothing more is said.
template <class T>
constexpr bool CheckAllocatable() noexcept {
  static_assert(
      !std::is_array_v<T>,
      "arena: T[N] cannot be allocated as one object; use arena::AllocateSlice<T>(arena, n)");
  static_assert(
      !std::is_reference_v<T>,
      "arena: a reference cannot be allocated; use the type without & or a pointer to it");
  static_assert(!std::is_void_v<T>,
                "arena: void cannot be allocated; use Arena::Alloc(bytes) for raw memory");
  static_assert(
      !std::is_const_v<T> && !std::is_volatile_v<T>,
      "arena: a cv-qualified type cannot be allocated; use the type without const and volatile");
  static_assert(
      !std::is_function_v<T>,
      "arena: a function cannot be allocated; use a pointer to it, or arena::Defer for a callable");
  if constexpr (std::is_class_v<T>) {
    static_assert(!std::is_abstract_v<T>,
                  "arena: an abstract class cannot be allocated; use a class derived from it");
  }
  if constexpr (std::is_object_v<T> && !std::is_array_v<T>) CheckDestructor<T>();
  return std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> &&
         !std::is_volatile_v<T> && !std::is_abstract_v<T>;
}

// Takes an allocation back, unless it is dismissed.
class AllocationGuard {
 public:
  AllocationGuard(Arena& arena, Address before, void* block, std::size_t size) noexcept
      : arena_(arena), before_(before), block_(block), size_(size) {}
  // Always inlined, so that the guard stays in registers where nothing throws.
  ARENA_ALWAYS_INLINE ~AllocationGuard() {
    if (block_ != nullptr) arena_.Undo(before_, block_, size_);
  }
  AllocationGuard(const AllocationGuard&) = delete;
  AllocationGuard& operator=(const AllocationGuard&) = delete;

  void Dismiss() noexcept { block_ = nullptr; }

 private:
  Arena& arena_;
  Address before_;
  void* block_;
  std::size_t size_;
};

// Allocates memory for a T, in which construct(block) constructs it, and registers the destructor.
// When memory is short, also for the record, it throws std::bad_alloc, or returns nullptr if not
// kThrows.
template <class T, bool kThrows, class Construct>
ARENA_ALWAYS_INLINE T* AllocateWith(Arena& arena, Construct construct) {
  const Address before = arena.Position();
  void* block;
  if constexpr (kThrows) {
    block = arena.AllocFixed<sizeof(T), alignof(T)>();
  } else {
    block = arena.TryAllocFixed<sizeof(T), alignof(T)>();
    if (block == nullptr) [[unlikely]]
      return nullptr;
  }
  AllocationGuard guard(arena, before, block, sizeof(T));
  T* const object = construct(block);
  if constexpr (kNeedsCleanup<T>) {
    // Registered after construction, so that the object dies before what its constructor registered
    // and may use.
    if (!arena.AddDestructor(object)) [[unlikely]] {
      object->~T();
      if constexpr (kThrows) ThrowBadAlloc();
      return nullptr;
    }
  }
  guard.Dismiss();
  return object;
}

}  // namespace detail

/// Constructs a T in the arena from `args`; value-initialises it when there are none.
///
/// Aggregates are constructed with braces, which do not narrow, everything else with parentheses. A
/// single argument that converts to an aggregate, and cannot initialise its first member, is
/// converted. A type that takes an allocator which arena::Allocator converts to (this library's, or
/// std::pmr::polymorphic_allocator) is given the arena, and so are the parts of a std::pair:
/// `Allocate<std::pmr::string>(a, "x")` lies wholly in `a`. An allocator passed explicitly wins.
///
/// The destructor runs at Reset, Release or the end of the scope, newest object first; a trivially
/// destructible T pays nothing for that. The object lives as long as the arena's memory. O(1) and
/// T's constructor.
///
/// Throws std::bad_alloc when memory is short, also for the cleanup's record (the object is
/// destroyed first), and what the constructor throws; the object leaves no record then. What the
/// constructor itself allocated and registered stays, as it may be in use elsewhere. The object's
/// own memory is freed if it is still the newest of the arena's window, so Len() is as before if
/// the constructor allocated nothing. Through a decorator the padding before the object stays; in
/// an oversized chunk, or in an arena without a window, the whole object does.
template <class T, class... Args>
ARENA_ALWAYS_INLINE std::add_pointer_t<T> Allocate(Arena& arena ARENA_LIFETIMEBOUND,
                                                   Args&&... args) {
  if constexpr (detail::CheckAllocatable<T>()) {
    return detail::AllocateWith<T, true>(arena, [&](void* place) {
      return detail::ConstructIn<T>(arena, place, std::forward<Args>(args)...);
    });
  }
}

/// Allocate that returns nullptr when memory is short. It still throws what the constructor throws.
template <class T, class... Args>
ARENA_NODISCARD ARENA_ALWAYS_INLINE std::add_pointer_t<T> TryAllocate(
    Arena& arena ARENA_LIFETIMEBOUND, Args&&... args) {
  if constexpr (detail::CheckAllocatable<T>()) {
    return detail::AllocateWith<T, false>(arena, [&](void* place) {
      return detail::ConstructIn<T>(arena, place, std::forward<Args>(args)...);
    });
  }
}

/// Allocate that default-initialises: an int, or an array member, has an indeterminate value.
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE std::add_pointer_t<T> AllocateForOverwrite(
    Arena& arena ARENA_LIFETIMEBOUND) {
  if constexpr (detail::CheckAllocatable<T>()) {
    constexpr bool kConstructible = detail::IsValueConstructibleIn<T>();
    static_assert(kConstructible,
                  "arena: AllocateForOverwrite needs a default constructor, or one that takes an "
                  "allocator alone; use arena::Allocate<T>(arena, arguments...)");
    if constexpr (kConstructible) {
      return detail::AllocateWith<T, true>(
          arena, [&arena](void* place) { return detail::ConstructForOverwrite<T>(arena, place); });
    }
  }
}

/// Has the arena call `cleanup()` once, with the destructors at their turn, and then destroy it.
///
/// A cleanup that throws ends the program. Throws std::bad_alloc when memory is short, with the
/// callable not called. O(1).
template <class Callable>
void Defer(Arena& arena, Callable cleanup) {
  static_assert(std::is_invocable_v<Callable&>,
                "arena: Defer needs a callable that takes no arguments");
  detail::CheckDestructor<Callable>();
  const detail::Address before = arena.Position();
  void* const block = arena.AllocFixed<sizeof(Callable), alignof(Callable)>();
  detail::AllocationGuard guard(arena, before, block, sizeof(Callable));
  Callable* const stored = ::new (block) Callable(std::move(cleanup));
  const Cleanup call = {[](void* object) noexcept {
                          Callable& deferred = *static_cast<Callable*>(object);
                          static_cast<void>(deferred());
                          deferred.~Callable();
                        },
                        stored};
  if (!arena.AddCleanup(call)) {
    stored->~Callable();
    detail::ThrowBadAlloc();
  }
  guard.Dismiss();
}

namespace detail {

template <class D>
inline constexpr bool kIsDefaultDelete = false;
template <class T>
inline constexpr bool kIsDefaultDelete<std::default_delete<T>> = true;

template <class Element, class Owner>
Element* OwnAs(Arena& arena, Owner object) {
  using D = typename Owner::deleter_type;
  // A deleter that is called with the base of what it expects may do something else.
  static_assert(std::is_same_v<typename Owner::pointer, Element*>,
                "arena: Own needs a deleter whose pointer type is T*");
  // The type may be incomplete where a user's deleter deletes it.
  if constexpr (kIsDefaultDelete<D>) CheckDestructor<Element>();
  Element* const raw = object.get();
  if (raw == nullptr) return nullptr;
  if constexpr (std::is_empty_v<D> && std::is_nothrow_default_constructible_v<D> &&
                !std::is_function_v<Element>) {
    const Cleanup call = {[](void* owned) noexcept {
                            D deleter;
                            deleter(static_cast<Element*>(owned));
                          },
                          const_cast<std::remove_cv_t<Element>*>(raw)};
    if (!arena.AddCleanup(call)) {
      object.reset();
      ThrowBadAlloc();
    }
    static_cast<void>(object.release());
  } else {
    // If this throws, one of the two pointers deletes the object on the way out.
    arena::Allocate<Owner>(arena, std::move(object));
  }
  return raw;
}

}  // namespace detail

/// Has the arena take over a heap object: it is deleted with the destructors, at its turn.
///
/// Returns the object; null stays null. Throws std::bad_alloc when memory is short, with the object
/// deleted first. O(1).
template <class T, class D>
T* Own(Arena& arena ARENA_LIFETIMEBOUND, std::unique_ptr<T, D> object) {
  return detail::OwnAs<T>(arena, std::move(object));
}

/// Own for an array; returns its first element.
template <class T, class D>
T* Own(Arena& arena ARENA_LIFETIMEBOUND, std::unique_ptr<T[], D> array) {
  return detail::OwnAs<T>(arena, std::move(array));
}

ARENA_END_NAMESPACE

#endif  // ARENA_ALLOCATE_HPP
