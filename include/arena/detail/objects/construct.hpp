// SPDX-License-Identifier: Apache-2.0
//
// How an object is constructed at a place in an arena: braces or parentheses, and with which
// allocator.
#ifndef ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP
#define ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../../allocator.hpp"
#include "../../arena_interface.hpp"
#include "../../config.hpp"
#include "uses_allocator.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// An aggregate is built with braces, unless it is copied from another of its type.
template <class T, class... Args>
inline constexpr bool kBraces = std::is_aggregate_v<T>;
template <class T, class Arg>
inline constexpr bool kBraces<T, Arg> =
    std::is_aggregate_v<T> && !std::is_base_of_v<T, std::remove_cvref_t<Arg>>;
template <class T>
inline constexpr bool kBraces<T> = false;

template <class T, class... Args>
concept BraceConstructible = requires(Args&&... args) { T{std::forward<Args>(args)...}; };

template <class T, class... Args>
constexpr bool IsBuildable() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return BraceConstructible<T, Args...>;
  } else {
    return std::is_constructible_v<T, Args...>;
  }
}

template <class T, class... Args>
constexpr bool IsNothrowBuildable() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return noexcept(T{std::declval<Args>()...});
  } else {
    return std::is_nothrow_constructible_v<T, Args...>;
  }
}

template <class T, class... Args>
ARENA_ALWAYS_INLINE T* Build(void* place, Args&&... args) {
  if constexpr (kBraces<T, Args...>) {
    return ::new (place) T{std::forward<Args>(args)...};
  } else {
    return ::new (place) T(std::forward<Args>(args)...);
  }
}

// How a T is built from Args in an arena.
enum class Building { kAsWritten, kAllocatorFirst, kAllocatorLast, kPair, kImpossible };

template <class T, class... Args>
constexpr Building HowToBuild() noexcept {
  using A = const Allocator<std::byte>&;
  if constexpr (kIsPair<T>) {
    return Building::kPair;
  } else if constexpr (!std::uses_allocator_v<T, Allocator<std::byte>>) {
    return Building::kAsWritten;
  } else {
    // Whether it can be built as written is asked last: with a default argument that needs an
    // allocator from nowhere, the question alone is an error.
    if constexpr (kBringsAllocator<T, Args...>) {
      if constexpr (IsBuildable<T, Args...>())
        return Building::kAsWritten;  // an explicit allocator wins
    }
    if constexpr (IsBuildable<T, std::allocator_arg_t, A, Args...>()) {
      return Building::kAllocatorFirst;
    } else if constexpr (IsBuildable<T, Args..., A>()) {
      return Building::kAllocatorLast;
    } else if constexpr ((kIsAllocatorOf<T, Args> || ...)) {
      return IsBuildable<T, Args...>() ? Building::kAsWritten : Building::kImpossible;
    } else {
      return Building::kImpossible;
    }
  }
}

template <class T, class... Args>
constexpr bool IsNothrowBuildableIn() noexcept {
  using A = Allocator<std::byte>;
  constexpr Building how = HowToBuild<T, Args...>();
  if constexpr (how == Building::kAsWritten) {
    return IsNothrowBuildable<T, Args...>();
  } else if constexpr (how == Building::kAllocatorFirst) {
    return IsNothrowBuildable<T, const std::allocator_arg_t&, A, Args...>();
  } else if constexpr (how == Building::kAllocatorLast) {
    return IsNothrowBuildable<T, Args..., A>();
  } else {
    return false;
  }
}

// Constructs a T at `place`, giving it the arena where it takes an allocator.
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* BuildIn(ARENA_MAYBE_UNUSED Arena& arena, void* place, Args&&... args) {
  constexpr Building how = HowToBuild<T, Args...>();
  static_assert(
      how != Building::kImpossible,
      "arena: this type takes an allocator, but not with these arguments; pass it arena::Allocator "
      "yourself, or give it a constructor that takes these arguments and an allocator");
  if constexpr (how == Building::kAsWritten) {
    return Build<T>(place, std::forward<Args>(args)...);
  } else if constexpr (how == Building::kAllocatorFirst) {
    return Build<T>(place, std::allocator_arg, Allocator<std::byte>(arena),
                    std::forward<Args>(args)...);
  } else if constexpr (how == Building::kAllocatorLast) {
    return Build<T>(place, std::forward<Args>(args)..., Allocator<std::byte>(arena));
  } else if constexpr (how == Building::kPair) {
    const Allocator<std::byte> allocator(arena);
    return std::apply(
        [place](auto&&... parts) {
          return ::new (place) T(std::forward<decltype(parts)>(parts)...);
        },
        ConstructionArgs(allocator).template For<T>(std::forward<Args>(args)...));
  }
}

// Default-initialises a T at `place`, giving it the arena where it takes an allocator.
template <class T>
constexpr bool IsNothrowDefaultBuildable() noexcept {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    return IsNothrowBuildableIn<T>();
  } else {
    return std::is_nothrow_default_constructible_v<T>;
  }
}

template <class T>
ARENA_ALWAYS_INLINE T* BuildForOverwrite(ARENA_MAYBE_UNUSED Arena& arena, void* place) {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    return BuildIn<T>(arena, place);
  } else {
    return ::new (place) T;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP
