// SPDX-License-Identifier: Apache-2.0
//
// Events arrive as JSON, one a line, are filtered and counted with Boost.JSON: an arena for all lines,
// reset after each. See arena_boost_json.hpp.
#include <arena/arena.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/src.hpp>  // the library itself, in one file of the program
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "arena_boost_json.hpp"

namespace json = boost::json;

constexpr std::string_view kEvents[] = {
    R"({"at": 1700000000, "kind": "login", "user": {"id": 7, "name": "Ada Lovelace of Ockham"}})",
    R"({"at": 1700000003, "kind": "upload", "user": {"id": 7}, "sizes": [4096, 8192, 65536]})",
    R"({"at": 1700000005, "kind": "upload", "user": {"id": 9}, "sizes": [1]})",
    R"({"at": 1700000009, "kind": "upload", "user": )",
};

int main() {
  arena::MonotonicArena a;
  adapters::BoostJsonMemory memory(a);
  std::map<std::int64_t, std::int64_t> bytes;  // of uploads, by user
  for (const std::string_view line : kEvents) {
    try {
      json::value& event = adapters::ParseBoostJson(memory, line);
      if (event.at("kind") == "upload") {
        const std::int64_t user = event.at("user").at("id").as_int64();
        for (const json::value& size : event.at("sizes").as_array()) {
          bytes[user] += size.as_int64();
        }
        // What is added lies in the arena, too: a value passes its memory on to its parts.
        event.as_object()["total"] = bytes[user];
        event.as_object()["note"] = "counted towards the quota of this user";
        std::printf("%s\n", json::serialize(event).c_str());
      }
    } catch (const std::exception& error) {
      std::printf("not JSON: %s\n", error.what());
    }
    a.Reset();
  }
  std::printf("users with uploads: %zu, buffers: %zu\n", bytes.size(), a.Stats().buffers);
}
