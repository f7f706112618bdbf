// SPDX-License-Identifier: Apache-2.0
//
// Names that users choose, made fit for a terminal, a log or an exposition of metrics: valid UTF-8
// without control characters, and with the escapes that a quoted string needs.
#ifndef ARENA_DETAIL_CORE_PRINTABLE_HPP
#define ARENA_DETAIL_CORE_PRINTABLE_HPP

#include <cstddef>
#include <string_view>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The bytes of the character that `text` starts with; 0 when it is not valid UTF-8. `text` is not
// empty.
inline std::size_t CharacterBytes(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U) return 0;
  const std::size_t bytes = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  if (first == 0xE0U && byte(1) < 0xA0U) return 0;   // a longer form than needed
  if (first == 0xEDU && byte(1) >= 0xA0U) return 0;  // half of a UTF-16 pair
  if (first == 0xF0U && byte(1) < 0x90U) return 0;   // a longer form than needed
  if (first == 0xF4U && byte(1) >= 0x90U) return 0;  // above the last code point
  return bytes;
}

// Calls append(std::string_view) with the parts of what stands for `text` between double quotes:
// \\, \" and \n for the characters that would end or break the string, U+FFFD for other control
// characters and for each byte that is not valid UTF-8.
template <class Append>
void ForPrintable(std::string_view text, Append&& append) {
  while (!text.empty()) {
    const std::size_t bytes = detail::CharacterBytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (text.front() == '\n') {
      append(std::string_view("\\n"));
    } else if (text.front() == '"') {
      append(std::string_view("\\\""));
    } else if (text.front() == '\\') {
      append(std::string_view("\\\\"));
    } else if (bytes == 0 || first < 0x20U || first == 0x7FU ||
               (first == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U)) {
      append(std::string_view("\xEF\xBF\xBD"));
    } else {
      append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_PRINTABLE_HPP
