// SPDX-License-Identifier: Apache-2.0
//
// A configuration is read, changed and written as JSON with RapidJSON: its values and its text lie in
// one arena. See arena_rapidjson.hpp.
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <arena/arena.hpp>
#include <cstdio>
#include <string_view>

#include "arena_rapidjson.hpp"

using adapters::RapidJsonDocument;
using adapters::RapidJsonValue;

constexpr std::string_view kConfiguration = R"({
  "listen": {"address": "127.0.0.1", "port": 8080},
  "tenants": [
    {"name": "ada", "memory_limit": 268435456, "features": ["metrics", "uploads"]},
    {"name": "grace", "memory_limit": 134217728, "features": []}
  ]
})";

using Text = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, adapters::RapidJsonAllocator>;
using Writer = rapidjson::PrettyWriter<Text, rapidjson::UTF8<>, rapidjson::UTF8<>,
                                       adapters::RapidJsonAllocator>;

int main() {
  arena::MonotonicArena a;
  adapters::RapidJsonAllocator memory(a);
  RapidJsonDocument document(&memory, 1024, &memory);
  document.Parse(kConfiguration.data(), kConfiguration.size());
  if (document.HasParseError()) return 1;

  for (RapidJsonValue& tenant : document["tenants"].GetArray()) {
    tenant["features"].PushBack("budgets", memory);
    tenant.AddMember("memory_limit_mib", tenant["memory_limit"].GetUint64() >> 20, memory);
    tenant.RemoveMember("memory_limit");
  }

  Text text(&memory);
  Writer writer(text, &memory);
  writer.SetIndent(' ', 2);
  document.Accept(writer);
  std::printf("%s\n", text.GetString());
  std::printf("the text lies in the arena: %s\n", a.Owns(text.GetString()) ? "yes" : "no");
}
