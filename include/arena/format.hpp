// SPDX-License-Identifier: Apache-2.0
//
// std::format into an arena, where the standard library has it. Not part of arena.hpp.
#ifndef ARENA_FORMAT_HPP
#define ARENA_FORMAT_HPP

#include "config.hpp"

#if __has_include(<format>)
#include <format>
#endif

/// Whether this header has anything to offer: <format> comes with GCC 13, Clang's libc++ 17 and
/// Visual Studio 2019 16.10.
#ifdef __cpp_lib_format
#define ARENA_HAS_FORMAT 1
#else
#define ARENA_HAS_FORMAT 0
#endif

#if ARENA_HAS_FORMAT

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "arena_interface.hpp"
#include "fwd.hpp"
#include "string.hpp"

ARENA_BEGIN_NAMESPACE

/// std::format whose result lies in the arena, with a NUL behind its end: `view.data()` is a C
/// string.
///
/// The view lives as long as the arena's memory; Len() grows by view.size() + 1. Nothing is
/// allocated from the heap. A result of more than 512 bytes is formatted twice, once to measure it.
/// O(size). Throws std::bad_alloc, and what the formatting throws, with the arena as before.
template <class... Args>
ARENA_NODISCARD std::string_view Format(Arena& arena, std::format_string<Args...> format,
                                        Args&&... args) {
  constexpr std::size_t kShort = 512;
  char text[kShort];
  // Formatting takes its arguments by reference and leaves them as they are: they can be forwarded
  // twice.
  const auto measured = std::format_to_n(text, kShort, format, std::forward<Args>(args)...);
  const auto size = static_cast<std::size_t>(measured.size);
  if (size <= kShort) return arena::CopyString(arena, std::string_view(text, size));
  auto* const copy = static_cast<char*>(arena.Alloc(size + 1, 1));
  const auto written = std::format_to_n(copy, measured.size, format, std::forward<Args>(args)...);
  *written.out = '\0';
  return {copy, static_cast<std::size_t>(written.out - copy)};
}

ARENA_END_NAMESPACE

#endif  // ARENA_HAS_FORMAT

#endif  // ARENA_FORMAT_HPP
