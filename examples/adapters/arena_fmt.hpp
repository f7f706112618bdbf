// SPDX-License-Identifier: Apache-2.0
//
// Text that fmt formats, in an arena.
//
//     std::string_view line = adapters::Format(a, "{:>8} {}", size, path);
//
// An arena::ArenaBuffer needs none of this: fmt::format_to(std::back_inserter(buffer), ...) works as it
// is. Beware: a view of a MemoryBuffer does not outlive it, although its arena does, and a MemoryBuffer
// cannot be moved: fmt would need an allocator without an arena. Format's result lives until the reset.
#pragma once

#include <fmt/format.h>

#include <arena/arena.hpp>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace adapters {

/// fmt's own buffer, made by `MemoryBuffer buffer(a)`, for functions that take one. The first 500 bytes
/// lie in the buffer itself, more of them in the arena.
using MemoryBuffer =
    fmt::basic_memory_buffer<char, fmt::inline_buffer_size, arena::Allocator<char>>;

/// The text of exactly its size in `a`, with a NUL behind it. Throws fmt::format_error when a formatter
/// does, std::bad_alloc when the arena is full.
template <class... T>
std::string_view Format(arena::Arena& a, fmt::format_string<T...> format, T&&... values) {
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
  return arena::CopyString(a, std::string_view(text.data(), text.size()));
}

}  // namespace adapters
