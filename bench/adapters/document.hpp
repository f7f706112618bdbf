// SPDX-License-Identifier: Apache-2.0
//
// The document that the adapters are measured with: orders as a shop's interface would send them, about
// 1 MB, the same on every machine.
#ifndef ARENA_BENCH_ADAPTERS_DOCUMENT_HPP
#define ARENA_BENCH_ADAPTERS_DOCUMENT_HPP

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "../support/sizes.hpp"

namespace bench {

/// Text like words, of `low` to `high` bytes; now and then with what JSON has to escape.
inline std::string Words(Random& random, std::size_t low, std::size_t high) {
  std::string text;
  for (std::size_t size = random.Between(low, high); text.size() < size;) {
    if (!text.empty()) text += random.Between(0, 29) == 0 ? "\\n" : " ";
    for (std::size_t letters = random.Between(2, 9); letters > 0; --letters) {
      text += static_cast<char>('a' + random.Between(0, 25));
    }
    if (random.Between(0, 39) == 0) text += "\\u00e9";
  }
  return text;
}

inline std::string Orders(std::size_t bytes = std::size_t{1} << 20) {
  Random random(20260101);
  const auto number = [&random](std::size_t low, std::size_t high) {
    return std::to_string(random.Between(low, high));
  };
  std::string text = "{\"shop\": \"" + Words(random, 10, 20) + "\",\n \"orders\": [";
  for (int id = 1; text.size() < bytes; ++id) {
    text += id == 1 ? "\n  " : ",\n  ";
    text += "{\"id\": " + std::to_string(id) + ", \"placed\": \"2026-0" + number(1, 9) + "-1" +
            number(0, 9) + "T" + number(10, 23) + ":" + number(10, 59) +
            ":00Z\",\n   \"customer\": {\"name\": \"" + Words(random, 8, 24) + "\", \"mail\": \"" +
            number(1000, 99999) + "@example.org\", \"since\": " + number(1995, 2026) +
            ", \"trusted\": " + (random.Between(0, 1) == 0 ? "true" : "false") +
            "},\n   \"note\": " +
            (random.Between(0, 2) == 0 ? "\"" + Words(random, 20, 120) + "\"" : "null") +
            ",\n   \"lines\": [";
    const std::size_t lines = random.Between(1, 6);
    for (std::size_t line = 0; line < lines; ++line) {
      text += line == 0 ? "" : ", ";
      text += "{\"article\": \"" + Words(random, 6, 40) + "\", \"count\": " + number(1, 20) +
              ", \"price\": " + number(1, 999) + "." + number(10, 99) + ", \"tags\": [\"" +
              Words(random, 2, 8) + "\", \"" + Words(random, 2, 8) + "\"]}";
    }
    text += "]}";
  }
  text += "\n ]}\n";
  return text;
}

}  // namespace bench

#endif  // ARENA_BENCH_ADAPTERS_DOCUMENT_HPP
