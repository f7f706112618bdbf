// SPDX-License-Identifier: Apache-2.0
//
// The standard containers over an arena. Each is the container of the same name in namespace std
// with arena::Allocator. Its constructors are the standard ones, with the arena as last argument:
//
//     arena::Vector<int> numbers(a);
//     arena::Vector<int> more({1, 2, 3}, a);
//     arena::Map<arena::String, arena::Vector<int>> index(a);
//     index.emplace("one", 3).first->second.push_back(1);   // key, vector and node lie in `a`
//
// These containers free nothing before their arena does. A vector that grows leaves its old storage
// behind (reserve() avoids that), an erased node is not used again, and emplace() constructs its
// node before it looks whether the key is there: call find() first. A container that lives long and
// changes much belongs on the heap.
//
// A container must be destroyed, or never touched again, before the arena's memory is freed. Move
// construction stays in the arena and takes the elements over. Copy construction stays in the
// arena, too, unless it is passed another one. Assignment never changes the arena: between two
// arenas even a move assignment goes element by element.
//
// Swapping two containers of different arenas is undefined, as the standard says for allocators
// that do not propagate. `swap(a, b)` and `std::ranges::swap(a, b)` assert that it does not happen.
// The member function and `std::swap` belong to the standard library, which checks on request
// (libstdc++: all containers except String with _GLIBCXX_DEBUG, Vector and Deque with
// _GLIBCXX_ASSERTIONS; libc++: most containers with _LIBCPP_HARDENING_MODE extensive or debug).
#ifndef ARENA_CONTAINERS_HPP
#define ARENA_CONTAINERS_HPP

#include <cstddef>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "allocator.hpp"
#include "config.hpp"
#include "detail/core/assert.hpp"
#include "string.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

// These let any kind of string look a String key up, so that no String has to be made for it.
struct StringLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
};
// Some standard libraries have no std::hash for strings with another allocator than their own.
struct StringHash {
  using is_transparent = void;
  // Not noexcept: libstdc++ then takes the hash for slow, which it is, and caches it in the node.
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

template <class Key, class ForString, class ForOthers>
using IfString = std::conditional_t<std::is_same_v<Key, String>, ForString, ForOthers>;
template <class Key>
using Less = IfString<Key, StringLess, std::less<Key>>;
template <class Key>
using EqualTo = IfString<Key, StringEqual, std::equal_to<Key>>;
template <class Key>
using Hash = IfString<Key, StringHash, std::hash<Key>>;

}  // namespace detail

/// A std::vector in an arena.
template <class T>
using Vector = std::vector<T, Allocator<T>>;

/// A std::deque in an arena.
template <class T>
using Deque = std::deque<T, Allocator<T>>;

/// A std::list in an arena.
template <class T>
using List = std::list<T, Allocator<T>>;

/// A std::forward_list in an arena.
template <class T>
using ForwardList = std::forward_list<T, Allocator<T>>;

/// A std::set in an arena. With String keys, find() and the like take any string.
template <class Key, class Compare = detail::Less<Key>>
using Set = std::set<Key, Compare, Allocator<Key>>;

/// A std::multiset in an arena; keys as for Set.
template <class Key, class Compare = detail::Less<Key>>
using MultiSet = std::multiset<Key, Compare, Allocator<Key>>;

/// A std::map in an arena; keys as for Set. `map["key"]` does not compile, since a String cannot be
/// made without an arena; find("key") and emplace("key", value) do.
template <class Key, class T, class Compare = detail::Less<Key>>
using Map = std::map<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::multimap in an arena; keys as for Set.
template <class Key, class T, class Compare = detail::Less<Key>>
using MultiMap = std::multimap<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::unordered_set in an arena. With String keys, find() and the like take any string.
template <class Key, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedSet = std::unordered_set<Key, Hash, Equal, Allocator<Key>>;

/// A std::unordered_multiset in an arena; keys as for UnorderedSet.
template <class Key, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMultiSet = std::unordered_multiset<Key, Hash, Equal, Allocator<Key>>;

/// A std::unordered_map in an arena; keys as for UnorderedSet and Map.
template <class Key, class T, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMap = std::unordered_map<Key, T, Hash, Equal, Allocator<std::pair<const Key, T>>>;

/// A std::unordered_multimap in an arena; keys as for UnorderedSet.
template <class Key, class T, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMultiMap =
    std::unordered_multimap<Key, T, Hash, Equal, Allocator<std::pair<const Key, T>>>;

/// @{
/// Swaps the contents of two containers of one arena, O(1). Debug builds check that it is one.
// Argument-dependent lookup finds these, and prefers them to std::swap as more specialised.
template <class T>
void swap(Vector<T>& a, Vector<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(Deque<T>& a, Deque<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(List<T>& a, List<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(ForwardList<T>& a, ForwardList<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class C>
void swap(Set<K, C>& a, Set<K, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class C>
void swap(MultiSet<K, C>& a, MultiSet<K, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class C>
void swap(Map<K, T, C>& a, Map<K, T, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class C>
void swap(MultiMap<K, T, C>& a, MultiMap<K, T, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class H, class E>
void swap(UnorderedSet<K, H, E>& a, UnorderedSet<K, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class H, class E>
void swap(UnorderedMultiSet<K, H, E>& a,
          UnorderedMultiSet<K, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class H, class E>
void swap(UnorderedMap<K, T, H, E>& a, UnorderedMap<K, T, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class H, class E>
void swap(UnorderedMultiMap<K, T, H, E>& a,
          UnorderedMultiMap<K, T, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
/// @}

ARENA_END_NAMESPACE

#endif  // ARENA_CONTAINERS_HPP
