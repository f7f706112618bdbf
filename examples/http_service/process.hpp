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
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "containers.hpp"
#include "json_io.hpp"

namespace service {

inline constexpr std::size_t kMostItems = 1000;

// What a byte becomes in a slug: letters and digits of ASCII in lower case, bytes above it as they
// are; 0 for those between words.
inline constexpr std::array<char, 256> kSlugBytes = [] {
  std::array<char, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool upper = 'A' <= i && i <= 'Z';
    if (upper || ('a' <= i && i <= 'z') || ('0' <= i && i <= '9') || i >= 0x80) {
      bytes[i] = static_cast<char>(upper ? i - 'A' + 'a' : i);
    }
  }
  return bytes;
}();

constexpr char SlugByte(char c) noexcept { return kSlugBytes[static_cast<unsigned char>(c)]; }

constexpr char ToUpper(char c) noexcept {
  return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

template <class Memory>
struct ProcessedItem {
  ProcessedItem(Memory& memory, std::string_view item)
      : text(item, memory.allocator()),
        slug(item.size(), '-', memory.allocator()),
        words(memory.allocator()) {}

  String<Memory> text;                   // in upper case
  String<Memory> slug;                   // the words in lower case, joined by hyphens
  Vector<Memory, String<Memory>> words;  // those of the slug
};

// The "work".
template <class Memory>
void ProcessItem(std::string_view item, ProcessedItem<Memory>& processed) {
  for (char& c : processed.text) c = ToUpper(c);

  // The slug is as long as the item so far: a hyphen stands for one byte or more between words.
  char* out = processed.slug.data();
  std::size_t words = 0;
  for (auto in = item.begin(); in != item.end();) {
    if (SlugByte(*in) == 0) {
      ++in;
      continue;
    }
    if (words++ != 0) *out++ = '-';
    for (; in != item.end() && SlugByte(*in) != 0; ++in) *out++ = SlugByte(*in);
  }
  processed.slug.resize(static_cast<std::size_t>(out - processed.slug.data()));

  processed.words.reserve(words);
  std::string_view rest = processed.slug;
  while (!rest.empty()) {
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
    const std::string_view text = AsText(item, "an item");
    ProcessItem(text, processed.emplace_back(memory, text));
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
    out.emplace("words", json::array(item.words.begin(), item.words.end(), memory.json()));
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
  const json::array& items = AsArray(Members(document, "the body")["items"], "items", kMostItems);
  const auto processed = ProcessItems(memory, items);
  AppendJson(ToJson(memory, processed), body.size() * 5, answer);
}

}  // namespace service

#endif  // HTTP_SERVICE_PROCESS_HPP
