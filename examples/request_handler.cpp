// SPDX-License-Identifier: Apache-2.0
//
// A request handler. It reads a JSON body {"items": ["...", ...]} from standard input or from the
// file named on the command line, processes the items and answers with them and their count:
//
//   request_handler examples/request_handler.json
//
// The answer, built in an arena, goes to standard output, the arena's figures to standard error.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

constexpr std::size_t kLimit = std::size_t{16} << 20;  // on what one request may have built

struct Response {
  arena::Slice<std::string_view> items;
};

// The "work": a copy of the item, in the arena, with its ASCII letters in upper case.
std::string_view Process(arena::Arena& a, std::string_view item) {
  const auto text = arena::AllocateSliceForOverwrite<char>(a, item.size(), item.size());
  std::transform(item.begin(), item.end(), text.begin(), [](char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return {text.data(), text.size()};
}

// Writes `text` as a JSON string.
void WriteQuoted(arena::ArenaBuffer& out, std::string_view text) {
  out.WriteByte('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.WriteByte('\\');
      out.WriteByte(c);
    } else if (const auto code = static_cast<unsigned char>(c); code < 0x20) {
      char escaped[7];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(code));
      out.WriteString(escaped);
    } else {
      out.WriteByte(c);
    }
  }
  out.WriteByte('"');
}

// Nothing else allocates while the text grows: it grows in place.
std::string_view ToJson(arena::Arena& a, const Response& response) {
  arena::ArenaBuffer out(a);
  out.WriteString("{\"count\":");
  out.WriteString(std::to_string(response.items.size()));
  out.WriteString(",\"items\":[");
  bool first = true;
  for (const std::string_view item : response.items) {
    if (!std::exchange(first, false)) out.WriteByte(',');
    WriteQuoted(out, item);
  }
  out.WriteString("]}\n");
  return out.View();  // lives as long as the arena's memory
}

// One request: from its body to the answer, which lies in the arena.
std::string_view Handle(arena::Arena& a, std::string_view body) {
  const auto request = nlohmann::json::parse(body);
  if (!request.is_object() || !request.contains("items") || !request["items"].is_array()) {
    throw std::runtime_error("the body is not of the form {\"items\": [...]}");
  }
  Response response;
  response.items = arena::AllocateSlice<std::string_view>(a, 0, request["items"].size());
  for (const auto& item : request["items"]) {
    if (!item.is_string()) {
      throw std::runtime_error("items[" + std::to_string(response.items.size()) + "] is of type " +
                               item.type_name() + ", not a string");
    }
    const auto processed = Process(a, item.get_ref<const std::string&>());
    response.items = arena::SliceAppend(a, response.items, processed);
  }
  return ToJson(a, response);
}

std::string ReadAll(std::istream& in) {
  std::string text;
  char chunk[4096];
  while (in.read(chunk, sizeof(chunk)) || in.gcount() > 0) {
    text.append(chunk, static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof()) throw std::runtime_error("the body cannot be read");
  return text;
}

int main(int argc, char** argv) try {
  if (argc > 2) throw std::runtime_error("expected one file, or none");
  std::ifstream file;
  if (argc > 1) file.open(argv[1], std::ios::binary);
  const std::string body = ReadAll(argc > 1 ? file : std::cin);

  arena::MonotonicArena a({.limit = kLimit});  // a server keeps it, and resets it per request
  const std::string_view answer = Handle(a, body);
  if (std::fwrite(answer.data(), 1, answer.size(), stdout) != answer.size() ||
      std::fflush(stdout) != 0) {
    throw std::runtime_error("the answer cannot be written");
  }
  std::fprintf(stderr, "arena: %zu of %zu bytes, peak %zu\n", a.Len(), a.Cap(), a.Peak());
  a.Reset();
} catch (const std::bad_alloc&) {
  std::fprintf(stderr, "request_handler: the request needs too much memory\n");
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "request_handler: %s\n", error.what());
  return 1;
}
