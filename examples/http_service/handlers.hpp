// SPDX-License-Identifier: Apache-2.0
//
// The handlers: from a body to the body of an answer, in the memory of the request.
//
//   POST /process  {"items": ["Crate of Apples", ...]}
//     {"count": 1, "items": [{"text": "CRATE OF APPLES", "slug": "crate-of-apples",
//                             "words": ["crate", "of", "apples"]}, ...]}
#pragma once

#include <algorithm>
#include <utility>

#include "http.hpp"

namespace service {

inline json::value ParseJson(std::string_view body, const json::storage_ptr& memory) {
  unsigned char scratch[16 * 1024];  // for the values of unfinished arrays and objects
  json::parser parser(memory, {}, scratch, sizeof(scratch));
  parser.reset(memory);
  json::error_code error;
  parser.write(body.data(), body.size(), error);
  if (error) throw HttpError(status::bad_request, "the body is not JSON: " + error.message());
  return parser.release();
}

// Appends `value` as text. `expected`: how long it may become; a good guess saves copies.
inline void AppendJson(const json::value& value, std::size_t expected, String& text) {
  json::serializer serializer;
  serializer.reset(&value);
  std::size_t length = text.size();
  for (std::size_t room = expected; !serializer.done(); room = length) {
    text.resize(length + room);
    length += serializer.read(text.data() + length, room).size();
  }
  text.resize(length);
}

struct ProcessedItem {
  ProcessedItem(RequestMemory& memory, std::string_view item)
      : text(item, memory.allocator()), slug(memory.allocator()), words(memory.allocator()) {
    slug.reserve(item.size());
    for (char& c : text) {
      const bool is_upper = 'A' <= c && c <= 'Z', is_lower = 'a' <= c && c <= 'z';
      // What is not ASCII belongs to words and stays as it is.
      if (is_upper || is_lower || ('0' <= c && c <= '9') || static_cast<unsigned char>(c) > 127) {
        slug += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
      } else if (!slug.empty() && slug.back() != '-') {
        slug += '-';
      }
      if (is_lower) c = static_cast<char>(c - 'a' + 'A');
    }
    if (slug.ends_with('-')) slug.pop_back();
    words.reserve(static_cast<std::size_t>(std::count(slug.begin(), slug.end(), '-')) + 1);
    for (std::string_view rest = slug; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find('-'));
      words.emplace_back(word);
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
  }

  String text;           // in upper case
  String slug;           // the words in lower case, joined by hyphens
  Vector<String> words;  // those of the slug
};

inline void HandleProcess(RequestMemory& memory, std::string_view body, String& answer) {
  const json::value document = ParseJson(body, memory.json());
  json::error_code error;
  const json::value* const items = document.find_pointer("/items", error);
  constexpr status kWrong = status::unprocessable_entity;
  RefuseIf(items == nullptr || !items->is_array(), "items is not an array", kWrong);

  json::array list(memory.json());
  list.reserve(items->get_array().size());
  for (const json::value& item : items->get_array()) {
    RefuseIf(!item.is_string(), "an item is not a string", kWrong);
    const ProcessedItem processed(memory, item.get_string());
    json::object& out = list.emplace_back(json::object_kind).get_object();
    out.reserve(3);
    out.emplace("text", std::string_view(processed.text));
    out.emplace("slug", std::string_view(processed.slug));
    out.emplace("words",
                json::array(processed.words.begin(), processed.words.end(), memory.json()));
  }
  json::object out(memory.json());
  out.emplace("count", list.size());
  out.emplace("items", std::move(list));
  AppendJson(std::move(out), body.size() * 5, answer);
}

}  // namespace service
