// SPDX-License-Identifier: Apache-2.0
//
// A line of text with numbers in it, in an array of its own. Not std::snprintf, because that name
// is a macro in some programs (those with the headers of PostgreSQL or Ruby, for two).
#ifndef ARENA_DETAIL_CORE_TEXT_LINE_HPP
#define ARENA_DETAIL_CORE_TEXT_LINE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../../config.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class TextLine {
 public:
  // Appends a text; what the line has no room for is left out.
  TextLine& operator<<(const char* text) noexcept { return Append(text, std::strlen(text)); }

  // Appends a number in decimal digits.
  TextLine& operator<<(std::uint64_t number) noexcept { return Number(number, 0); }

  // Appends a number with spaces in front, up to a width of at most kDigits.
  TextLine& Number(std::uint64_t number, std::size_t width) noexcept {
    return Digits(number, 10, width);
  }

  // Appends an address as 0x and hexadecimal digits.
  TextLine& Hex(std::uintptr_t address) noexcept { return (*this << "0x").Digits(address, 16, 0); }

  TextLine& Append(const char* text, std::size_t size) noexcept {
    const std::size_t room = sizeof(text_) - 1 - size_;
    const std::size_t count = size < room ? size : room;
    std::memcpy(text_ + size_, text, count);
    size_ += count;
    text_[size_] = '\0';
    return *this;
  }

  const char* c_str() const noexcept { return text_; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kDigits = 20;  // of the largest number

  TextLine& Digits(std::uint64_t number, unsigned base, std::size_t width) noexcept {
    char digits[kDigits];
    std::size_t first = kDigits;
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (first != 0 && kDigits - first < width) digits[--first] = ' ';
    return Append(digits + first, kDigits - first);
  }

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP
