// SPDX-License-Identifier: Apache-2.0
//
// Uses-allocator construction where an allocator that is passed explicitly wins: the arguments of a
// constructor, with the arena's allocator among them unless one is there already.
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
struct LastOf {
  using type = void;
};
template <class Arg, class... Args>
struct LastOf<Arg, Args...> {
  using type = typename std::conditional_t<sizeof...(Args) == 0, std::type_identity<Arg>,
                                           LastOf<Args...>>::type;
};

template <class... Args>
inline constexpr bool kStartsWithAllocatorArg = false;
template <class First, class... Args>
inline constexpr bool kStartsWithAllocatorArg<First, Args...> =
    std::is_same_v<std::remove_cvref_t<First>, std::allocator_arg_t>;

// Whether an allocator for the T is among the arguments, in one of the two places where it is
// looked for.
template <class T, class... Args>
inline constexpr bool kBringsAllocator =
    kStartsWithAllocatorArg<Args...> || kIsAllocatorOf<T, typename LastOf<Args...>::type>;

// The same, and there is such a constructor. Not asked of other arguments: with a default argument
// that needs an allocator from nowhere, the question alone is an error.
template <class T, class... Args>
constexpr bool BringsItsAllocator() noexcept {
  if constexpr (kBringsAllocator<T, Args...>) {
    return std::is_constructible_v<T, Args...>;
  } else {
    return false;
  }
}

// The arguments with which to construct a T, as std::uses_allocator_construction_args has them,
// but for an allocator that is among them already.
template <class Allocator>
class ConstructionArgs {
 public:
  explicit constexpr ConstructionArgs(const Allocator& allocator) noexcept
      : allocator_(allocator) {}

  template <class T, class... Args>
  constexpr auto For(Args&&... args) const {
    if constexpr (kIsPair<T>) {
      return ForPair<T>(std::forward<Args>(args)...);
    } else if constexpr (BringsItsAllocator<T, Args...>()) {
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
  // Values of these types, as std::uses_allocator_construction_args has them: of references to them
  // a tuple takes the allocator for its own.
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
    } else {  // what converts to a pair
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
