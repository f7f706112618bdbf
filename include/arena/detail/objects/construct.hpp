// SPDX-License-Identifier: Apache-2.0
//
// Constructs an object at a place in an arena: with braces or parentheses, and with the arena's
// allocator if its type takes one.
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

template <class T, class... Args>
concept BraceConstructible = requires(Args&&... args) { T{std::forward<Args>(args)...}; };

// Whether the argument's own conversion makes a T of it. is_constructible would not tell: for an
// aggregate T(argument) may initialise the first member, and narrow.
template <class T, class Arg>
concept ConvertsItself =
    std::is_convertible_v<Arg, T> || requires(Arg&& arg) { std::forward<Arg>(arg).operator T(); };

// An aggregate is constructed with braces, unless the one argument is an object of its type, or
// converts to it and cannot initialise its first member.
template <class T, class Arg>
concept BracesFromOne = std::is_aggregate_v<T> && !std::is_base_of_v<T, std::remove_cvref_t<Arg>> &&
                        (BraceConstructible<T, Arg> || !ConvertsItself<T, Arg>);
template <class T, class... Args>
inline constexpr bool kBraces = std::is_aggregate_v<T>;
template <class T, class Arg>
inline constexpr bool kBraces<T, Arg> = BracesFromOne<T, Arg>;
template <class T>
inline constexpr bool kBraces<T> = false;

template <class T, class... Args>
constexpr bool IsConstructible() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return BraceConstructible<T, Args...>;
  } else {
    return std::is_constructible_v<T, Args...>;
  }
}

// Members of an aggregate without an argument, and braces that are left out, are up to the caller.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wmissing-braces"
#endif
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* Construct(void* place, Args&&... args) {
  if constexpr (kBraces<T, Args...>) {
    // Checked here because compilers do not report narrowing within system headers.
    static_assert(BraceConstructible<T, Args...>,
                  "arena: this aggregate cannot be constructed with braces from these arguments: "
                  "there are too many, or one narrows or does not convert; cast it first");
    if constexpr (BraceConstructible<T, Args...>) {
      return ::new (place) T{std::forward<Args>(args)...};
    } else {
      return nullptr;
    }
  } else {
    return ::new (place) T(std::forward<Args>(args)...);
  }
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

// Where the constructor of a T takes the allocator: uses-allocator construction, in words.
enum class Construction { kAsWritten, kAllocatorFirst, kAllocatorLast, kPair, kImpossible };

// Whether constructing a T may take an allocator. If not, it is constructed as written.
template <class T>
inline constexpr bool kMayTakeArena = kIsPair<T> || std::uses_allocator_v<T, Allocator<std::byte>>;

template <class T, class... Args>
constexpr Construction HowToConstruct() noexcept {
  using A = const Allocator<std::byte>&;
  if constexpr (kIsPair<T>) {
    return Construction::kPair;
  } else if constexpr (!kMayTakeArena<T>) {
    return Construction::kAsWritten;
  } else {
    // Whether T can be constructed as written is asked only of arguments with an allocator: see
    // IsConstructibleWithAllocator.
    if constexpr (kHasAllocator<T, Args...>) {
      if constexpr (IsConstructible<T, Args...>())
        return Construction::kAsWritten;  // An explicit allocator wins.
    }
    if constexpr (IsConstructible<T, std::allocator_arg_t, A, Args...>()) {
      return Construction::kAllocatorFirst;
    } else if constexpr (IsConstructible<T, Args..., A>()) {
      return Construction::kAllocatorLast;
    } else if constexpr ((kIsAllocatorOf<T, Args> || ...)) {
      return IsConstructible<T, Args...>() ? Construction::kAsWritten : Construction::kImpossible;
    } else {
      return Construction::kImpossible;
    }
  }
}

// Constructs a T at `place`, with the arena's allocator if T takes one.
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* ConstructIn(ARENA_MAYBE_UNUSED Arena& arena, void* place, Args&&... args) {
  constexpr Construction how = detail::HowToConstruct<T, Args...>();
  static_assert(
      how != Construction::kImpossible,
      "arena: this type takes an allocator, but not with these arguments; pass it arena::Allocator "
      "yourself, or give it a constructor that takes these arguments and an allocator");
  if constexpr (how == Construction::kAsWritten) {
    return detail::Construct<T>(place, std::forward<Args>(args)...);
  } else if constexpr (how == Construction::kAllocatorFirst) {
    return detail::Construct<T>(place, std::allocator_arg, Allocator<std::byte>(arena),
                                std::forward<Args>(args)...);
  } else if constexpr (how == Construction::kAllocatorLast) {
    return detail::Construct<T>(place, std::forward<Args>(args)..., Allocator<std::byte>(arena));
  } else if constexpr (how == Construction::kPair) {
    const Allocator<std::byte> allocator(arena);
    return std::apply(
        [place](auto&&... parts) {
          return ::new (place) T(std::forward<decltype(parts)>(parts)...);
        },
        ConstructionArgs(allocator).template For<T>(std::forward<Args>(args)...));
  }
}

// Whether ConstructIn can value-initialise a T.
template <class T>
constexpr bool IsValueConstructibleIn() noexcept {
  if constexpr (kMayTakeArena<T>) {
    return detail::HowToConstruct<T>() != Construction::kImpossible;
  } else {
    return std::is_default_constructible_v<T>;
  }
}

// Default-initialises a T at `place`, with the arena's allocator if T takes one.
template <class T>
ARENA_ALWAYS_INLINE T* ConstructForOverwrite(ARENA_MAYBE_UNUSED Arena& arena, void* place) {
  if constexpr (kMayTakeArena<T>) {
    return detail::ConstructIn<T>(arena, place);
  } else {
    return ::new (place) T;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP
