// SPDX-License-Identifier: Apache-2.0
//
// std::format into an arena, where the standard library has it. Not part of arena.hpp.
#ifndef ARENA_FORMAT_HPP
#define ARENA_FORMAT_HPP

#include "config.hpp"

#if __has_include(<format>)
#include <format>
#endif

/// 1 if the standard library has <format>, as those of GCC 13, Clang 17 and Visual Studio 2019
/// 16.10 have; otherwise 0, and there is no arena::Format.
#ifdef __cpp_lib_format
#define ARENA_HAS_FORMAT 1
#else
#define ARENA_HAS_FORMAT 0
#endif

#if ARENA_HAS_FORMAT

#include <cstddef>
#include <string_view>
#include <utility>

#include "allocate.hpp"
#include "arena_interface.hpp"
#include "fwd.hpp"
#include "string.hpp"

ARENA_BEGIN_NAMESPACE

/// std::format whose result lies in the arena, with a NUL behind its end: `view.data()` is a C
/// string.
///
/// The view lives as long as the arena's memory; Len() grows by view.size() + 1. It does not
/// allocate from the heap. A result of more than 512 bytes is formatted twice, the first time to
/// measure it. O(size). Throws std::bad_alloc, and what the formatting throws, with the arena as
/// before, but for what a formatter itself allocated there.
template <class... Args>
ARENA_NODISCARD std::string_view Format(Arena& arena ARENA_LIFETIMEBOUND,
                                        std::format_string<Args...> format, Args&&... args) {
  constexpr std::size_t kShort = 512;
  char text[kShort];
  // Formatting does not move from its arguments, so they can be forwarded twice.
  const auto measured = std::format_to_n(text, kShort, format, std::forward<Args>(args)...);
  const auto size = static_cast<std::size_t>(measured.size);
  if (size <= kShort) return arena::CopyString(arena, std::string_view(text, size));
  const detail::Address before = arena.Position();
  auto* const copy = static_cast<char*>(arena.Alloc(size + 1, 1));
  detail::AllocationGuard guard(arena, before, copy, size + 1);
  const auto written = std::format_to_n(copy, measured.size, format, std::forward<Args>(args)...);
  guard.Dismiss();
  *written.out = '\0';
  return {copy, static_cast<std::size_t>(written.out - copy)};
}

ARENA_END_NAMESPACE

#endif  // ARENA_HAS_FORMAT

#endif  // ARENA_FORMAT_HPP
