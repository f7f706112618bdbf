// SPDX-License-Identifier: Apache-2.0
//
// Orders arrive as JSON, are totalled and answered as JSON: request after request in one arena, with
// nlohmann::basic_json. See arena_nlohmann.hpp.
#include <arena/arena.hpp>
#include <cstdio>
#include <string_view>

#include "arena_nlohmann.hpp"

using adapters::Json;

constexpr std::string_view kRequests[] = {
    R"({"customer": "Ada Lovelace, Ockham Park", "lines": [
         {"article": "punched cards, a box of a thousand", "count": 12, "cents": 1250},
         {"article": "lamp oil", "count": 3, "cents": 499}]})",
    R"({"customer": "Grace Hopper, Arlington", "lines": [
         {"article": "a nanosecond of wire", "count": 100, "cents": 30}]})",
    R"({"customer": "nobody", "lines": [)",
};

// The answer, text and all, lies in the arena.
std::string_view Handle(arena::Arena& a, std::string_view body) {
  const Json& order = adapters::ParseJson(a, body);
  const adapters::JsonScope scope(a);  // for the values that are made here
  Json answer = {{"customer", order.at("customer")}, {"articles", Json::array()}};
  std::int64_t total = 0;
  for (const Json& line : order.at("lines")) {
    total += line.at("count").get<std::int64_t>() * line.at("cents").get<std::int64_t>();
    answer["articles"].push_back(line.at("article"));
  }
  answer["cents"] = total;
  return arena::CopyString(a, answer.dump());
}

int main() {
  arena::MonotonicArena a;
  for (const std::string_view body : kRequests) {
    try {
      const std::string_view answer = Handle(a, body);
      std::printf("200 %.*s\n", static_cast<int>(answer.size()), answer.data());
    } catch (const Json::exception& error) {
      std::printf("400 %s\n", error.what());
    }
    a.Reset();  // no value of this request is left
  }
  std::printf("%zu requests in %zu buffer\n", std::size(kRequests), a.Stats().buffers);
}
