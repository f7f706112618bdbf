// SPDX-License-Identifier: Apache-2.0
//
// Uses-allocator construction: adds the arena's allocator to the arguments of a constructor, unless
// the caller passes an allocator, which wins.
#ifndef ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP
#define ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

template <class T>
inline constexpr bool kIsPair = false;
template <class First, class Second>
inline constexpr bool kIsPair<std::pair<First, Second>> = true;

template <class T, class Arg, class = void>
inline constexpr bool kIsAllocatorOf = false;
template <class T, class Arg>
inline constexpr bool kIsAllocatorOf<T, Arg, std::void_t<typename T::allocator_type>> =
    std::is_convertible_v<Arg, typename T::allocator_type> &&
    !std::is_null_pointer_v<std::remove_cvref_t<Arg>>;

template <class... Args>
inline constexpr bool kStartsWithAllocatorArg = false;
template <class First, class... Args>
inline constexpr bool kStartsWithAllocatorArg<First, Args...> =
    std::is_same_v<std::remove_cvref_t<First>, std::allocator_arg_t>;

// Whether an allocator for T is among the arguments, in one of the two places that uses-allocator
// construction knows: behind std::allocator_arg, or last.
template <class T, class... Args>
inline constexpr bool kHasAllocator = kStartsWithAllocatorArg<Args...>;
template <class T, class Arg, class... Args>
inline constexpr bool kHasAllocator<T, Arg, Args...> =
    kStartsWithAllocatorArg<Arg, Args...> ||
    kIsAllocatorOf<T, std::tuple_element_t<sizeof...(Args), std::tuple<Arg, Args...>>>;

// Whether a T can be constructed from the arguments, which have an allocator for it. A type whose
// default argument needs an allocator that cannot be made does not compile when it is asked for a
// constructor; so arguments without an allocator are not looked at.
template <class T, class... Args>
constexpr bool IsConstructibleWithAllocator() noexcept {
  if constexpr (kHasAllocator<T, Args...>) {
    return std::is_constructible_v<T, Args...>;
  } else {
    return false;
  }
}

// Finds the arguments with which to construct a T, as std::uses_allocator_construction_args does,
// except that an allocator among the given arguments is taken.
template <class Allocator>
class ConstructionArgs {
 public:
  explicit constexpr ConstructionArgs(const Allocator& allocator) noexcept
      : allocator_(allocator) {}

  template <class T, class... Args>
  constexpr auto For(Args&&... args) const {
    if constexpr (kIsPair<T>) {
      return ForPair<T>(std::forward<Args>(args)...);
    } else if constexpr (IsConstructibleWithAllocator<T, Args...>()) {
      return AsWritten(std::forward<Args>(args)...);
    } else {
      return std::uses_allocator_construction_args<T>(allocator_, std::forward<Args>(args)...);
    }
  }

 private:
  template <class... Args>
    requires(!kStartsWithAllocatorArg<Args...>)
  static constexpr auto AsWritten(Args&&... args) {
    return std::tuple<Args&&...>(std::forward<Args>(args)...);
  }
  // The types are those of std::uses_allocator_construction_args. With a reference to
  // allocator_arg_t as its first element, the tuple would take the allocator for its own.
  template <class A, class... Args>
  static constexpr auto AsWritten(const std::allocator_arg_t&, A&& allocator, Args&&... args) {
    return std::tuple<std::allocator_arg_t, const std::remove_reference_t<A>&, Args&&...>(
        std::allocator_arg, allocator, std::forward<Args>(args)...);
  }

  template <class Pair>
  constexpr auto ForPair() const {
    return ForPair<Pair>(std::piecewise_construct, std::tuple<>(), std::tuple<>());
  }
  template <class Pair, class First, class Second>
  constexpr auto ForPair(First&& first, Second&& second) const {
    return ForPair<Pair>(std::piecewise_construct,
                         std::forward_as_tuple(std::forward<First>(first)),
                         std::forward_as_tuple(std::forward<Second>(second)));
  }
  template <class Pair, class Other>
  constexpr auto ForPair(Other&& other) const {
    if constexpr (kIsPair<std::remove_cvref_t<Other>>) {
      return ForPair<Pair>(std::get<0>(std::forward<Other>(other)),
                           std::get<1>(std::forward<Other>(other)));
    } else {  // `other` converts to a pair
      return std::uses_allocator_construction_args<Pair>(allocator_, std::forward<Other>(other));
    }
  }
  template <class Pair, class First, class Second>
  constexpr auto ForPair(std::piecewise_construct_t, First&& first, Second&& second) const {
    return std::make_tuple(std::piecewise_construct,
                           ForPart<typename Pair::first_type>(std::forward<First>(first)),
                           ForPart<typename Pair::second_type>(std::forward<Second>(second)));
  }
  template <class T, class Tuple>
  constexpr auto ForPart(Tuple&& parts) const {
    return std::apply(
        [this](auto&&... args) {
          return this->template For<T>(std::forward<decltype(args)>(args)...);
        },
        std::forward<Tuple>(parts));
  }

  const Allocator& allocator_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP
