// SPDX-License-Identifier: Apache-2.0
//
// POST /process: items in, processed items and their count out.
//
//     {"items": ["Crate of Apples", ...]}
//     {"items": [{"text": "CRATE OF APPLES", "slug": "crate-of-apples",
//                 "words": ["crate", "of", "apples"]}, ...], "count": 1}
#ifndef HTTP_SERVICE_PROCESS_HPP
#define HTTP_SERVICE_PROCESS_HPP

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "containers.hpp"
#include "json_io.hpp"

namespace service {

inline constexpr std::size_t kMostItems = 1000;

constexpr bool IsLetter(char c) noexcept {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}
constexpr bool IsDigit(char c) noexcept { return '0' <= c && c <= '9'; }
constexpr char ToUpper(char c) noexcept {
  return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr char ToLower(char c) noexcept {
  return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Memory>
struct ProcessedItem {
  explicit ProcessedItem(Memory& memory)
      : text(memory.allocator()), slug(memory.allocator()), words(memory.allocator()) {}

  String<Memory> text;  // in upper case
  String<Memory> slug;  // the words in lower case, joined by hyphens
  Vector<Memory, String<Memory>> words;
};

// The "work". Letters and digits are those of ASCII; bytes above it belong to words as they are.
template <class Memory>
void ProcessItem(std::string_view item, ProcessedItem<Memory>& processed) {
  processed.text.resize(item.size());
  std::transform(item.begin(), item.end(), processed.text.begin(), ToUpper);

  processed.slug.reserve(item.size());
  bool in_word = false;
  for (const char c : item) {
    const bool belongs = IsLetter(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80;
    if (belongs) {
      if (!in_word && !processed.slug.empty()) processed.slug += '-';
      processed.slug += ToLower(c);
    }
    in_word = belongs;
  }

  for (std::string_view rest = processed.slug; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find('-'));
    processed.words.emplace_back(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
}

template <class Memory>
Vector<Memory, ProcessedItem<Memory>> ProcessItems(Memory& memory, const json::array& items) {
  Vector<Memory, ProcessedItem<Memory>> processed(memory.allocator());
  processed.reserve(items.size());
  for (const json::value& item : items) {
    ProcessItem(AsText(item, "an item"), processed.emplace_back(memory));
  }
  return processed;
}

template <class Memory>
json::value ToJson(Memory& memory, const Vector<Memory, ProcessedItem<Memory>>& processed) {
  json::array items(memory.json());
  items.reserve(processed.size());
  for (const ProcessedItem<Memory>& item : processed) {
    json::object& out = items.emplace_back(json::object_kind).get_object();
    out.reserve(3);
    out.emplace("text", std::string_view(item.text));
    out.emplace("slug", std::string_view(item.slug));
    json::array& words = out.emplace("words", json::array_kind).first->value().get_array();
    words.reserve(item.words.size());
    for (const String<Memory>& word : item.words) words.emplace_back(std::string_view(word));
  }
  json::object answer(memory.json());
  answer.reserve(2);
  answer.emplace("items", std::move(items));
  answer.emplace("count", processed.size());
  return answer;
}

template <class Memory>
void HandleProcess(Memory& memory, std::string_view body, String<Memory>& answer) {
  const json::value document = ParseJson(body, memory.json());
  const json::object& request = AsObject(document, "the body");
  const auto processed =
      ProcessItems(memory, AsArray(Member(request, "items"), "items", kMostItems));
  AppendJson(ToJson(memory, processed), body.size() * 4, answer);
}

}  // namespace service

#endif  // HTTP_SERVICE_PROCESS_HPP
