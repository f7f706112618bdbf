// SPDX-License-Identifier: Apache-2.0
//
// Text in an arena: the type String, and copies of string views.
#ifndef ARENA_STRING_HPP
#define ARENA_STRING_HPP

#include <cstring>
#include <string>
#include <string_view>

#include "allocator.hpp"
#include "arena_interface.hpp"
#include "config.hpp"
#include "detail/core/assert.hpp"
#include "fwd.hpp"

ARENA_BEGIN_NAMESPACE

namespace detail {

template <class Container>
void SwapInOneArena(Container& a, Container& b) noexcept(noexcept(a.swap(b))) {
  ARENA_ASSERT(a.get_allocator() == b.get_allocator() &&
               "arena: swap of containers that lie in different arenas");
  a.swap(b);
}

}  // namespace detail

#if defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
namespace detail {

// Stands in for String where the standard library cannot make one.
template <class Char>
struct NoString {
  static_assert(sizeof(Char) == 0,
                "arena: there is no arena::String with libstdc++'s old strings "
                "(_GLIBCXX_USE_CXX11_ABI=0), which default-construct their allocator; use "
                "arena::CopyString, an arena::ArenaBuffer or an arena::Vector<char>");
  template <class... Args>
  explicit NoString(Args&&...) noexcept {}
};

}  // namespace detail

using String = detail::NoString<char>;
#else
/// A std::string whose characters lie in an arena: `arena::String s("text", a);`.
///
/// With libstdc++'s old string ABI (_GLIBCXX_USE_CXX11_ABI=0) it does not compile, with a sentence
/// that says why; the rest of the library does.
using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;
#endif

/// Swaps two strings of one arena, and asserts that it is one. Argument-dependent lookup and
/// std::ranges::swap find it; for the member function and std::swap see containers.hpp.
template <class Char, class Traits>
void swap(std::basic_string<Char, Traits, Allocator<Char>>& a,
          std::basic_string<Char, Traits, Allocator<Char>>& b) noexcept {
  detail::SwapInOneArena(a, b);
}

/// A copy of `text` in the arena, with a NUL behind its end: `view.data()` is a C string.
///
/// The copy lives as long as the arena's memory; Len() grows by text.size() + 1. O(size). Throws
/// std::bad_alloc.
ARENA_NODISCARD inline std::string_view CopyString(Arena& arena ARENA_LIFETIMEBOUND,
                                                   std::string_view text) {
  auto* const copy = static_cast<char*>(arena.Alloc(text.size() + 1, 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  const char* const begin = copy;  // With a char* the compiler would check all constructors.
  return {begin, text.size()};
}

ARENA_END_NAMESPACE

#endif  // ARENA_STRING_HPP
