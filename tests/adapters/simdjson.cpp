// SPDX-License-Identifier: Apache-2.0
//
// The adapter for simdjson: what is read lies in the arena, and outlives parser and text.
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/heap.hpp"
#include "arena_simdjson.hpp"

using arena_test::Check;

namespace {

arena_test::Storage storage;

// With a destructor: an element is moved into the slice and destroyed with it.
struct Person {
  std::string note;
  std::string_view name;
};

using Value = simdjson::simdjson_result<simdjson::ondemand::value>;

void ResultsOutliveTheParser(arena::MonotonicArena& a) {
  arena::Slice<std::string_view> names;
  {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string text(std::string_view(
        R"({"names": ["Ada", "an escaped \"name\" \u2014 that is long", ""], "none": []})"));
    auto document = parser.iterate(text);
    const std::size_t calls = arena_test::HeapCalls([&] {
      names = adapters::ReadArray<std::string_view>(
          a, document["names"], [&a](Value name) { return adapters::ReadString(a, name); });
    });
    Check(calls == 0, "no call of the heap once the parser has its memory");
    const auto none = adapters::ReadArray<int>(a, document["none"], [](Value) { return 1; });
    Check(none.empty(), "an empty array is read");
  }
  Check(names.size() == 3 && names.capacity() == 3, "exactly as many elements as there are");
  Check(names[1] == "an escaped \"name\" \xe2\x80\x94 that is long", "strings without escapes");
  Check(names[2].empty() && a.Owns(names[0].data()), "in the arena");
}

void ErrorsAreExceptions(arena::Arena& a) {
  simdjson::ondemand::parser parser;
  for (const std::string_view text :
       {R"({"names": 7})", R"({"names": [7]})", R"({"others": []})", R"({"names": ["Ada", )"}) {
    const simdjson::padded_string padded(text);
    bool refused = false;
    try {
      auto document = parser.iterate(padded);
      adapters::ReadArray<Person>(a, document["names"], [&a](Value name) {
        return Person{std::string(100, 'x'), adapters::ReadString(a, name)};
      });
    } catch (const simdjson::simdjson_error&) {
      refused = true;
    }
    Check(refused, "a text of another form is refused");
  }
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  ResultsOutliveTheParser(a);
  ErrorsAreExceptions(a);
  return arena_test::Verdict();
}
