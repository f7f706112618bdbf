// SPDX-License-Identifier: Apache-2.0
//
// The adapter for nlohmann::basic_json: where values lie, and what a scope is for.
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "adapters/heap.hpp"
#include "arena_nlohmann.hpp"

using adapters::Json;
using adapters::JsonScope;
using adapters::JsonString;
using arena_test::Check;

namespace {

arena_test::Storage storage;

constexpr std::string_view kText =
    R"({"name": "a text that does not fit inside of a string object", "list": [1, 2, {"a": [true]}],
        "another name, long enough for memory of its own": null, "bytes": [], "number": 1.5})";

template <class Work>
bool ThrowsLogicError(Work work) {
  try {
    work();
  } catch (const std::logic_error&) {
    return true;
  }
  return false;
}

// The parser keeps a few bytes of its own outside of any allocator: they do not grow with the document.
void OnlyTheParserUsesTheHeap(arena::Arena& a) {
  const auto parse = [&a](std::size_t orders) {
    std::string text = "[0";
    for (std::size_t i = 0; i < orders; ++i) (text += ", ") += kText;
    text += "]";
    std::size_t size = 0;
    const std::size_t calls =
        arena_test::HeapCalls([&] { size = adapters::ParseJson(a, text).size(); });
    Check(size == orders + 1, "all of it is there");
    return calls;
  };
  const std::size_t few = parse(1);
  Check(few < 50 && parse(500) == few, "the heap is called a few times, whatever the size");
}

void ChangesLieInTheArena(arena::MonotonicArena& a) {
  Json& value = adapters::ParseJson(a, kText);
  const std::size_t calls = arena_test::HeapCalls([&] {
    const JsonScope scope(a);
    for (int i = 0; i < 1000; ++i) value["list"].push_back(i);
    value["more, and long enough for memory of its own"] = value["name"];
    value["bytes"] = Json::binary(adapters::JsonBytes(100));
    Json copy = value["list"];
    value["list of a list"] = std::move(copy);
  });
  Check(calls == 0, "changes do not call the heap");
  Check(a.Owns(value.at("name").get_ref<const JsonString&>().data()), "strings lie in the arena");
  Check(a.Owns(value.at("list").get_ref<const Json::array_t&>().data()), "lists lie in the arena");
  Check(a.Owns(value.at("bytes").get_binary().data()), "bytes lie in the arena");
}

// An exception leaves no value and no scope behind.
void BadTextIsRefused(arena::Arena& a) {
  bool refused = false;
  try {
    adapters::ParseJson(a, "[\"a text that does not fit inside of a string object\", {\"a\": }]");
  } catch (const Json::parse_error&) {
    refused = true;
  }
  Check(refused, "bad text is refused");
  Check(ThrowsLogicError([] { JsonScope::Current(); }), "no scope is left");
}

void ScopesNest(arena::MonotonicArena& a) {
  arena::MonotonicArena inner;
  Json first;
  const JsonScope outer_scope(a);
  Json second;
  {
    const JsonScope inner_scope(inner);
    first = Json::array({1, 2, 3});
    Check(inner.Owns(&first[0]), "the innermost scope counts");
    first = nullptr;
  }
  second = Json::array({1, 2, 3});
  Check(a.Owns(&second[0]), "the outer scope counts again");
}

void AScopeIsItsThreads(arena::Arena& a) {
  const JsonScope scope(a);
  bool refused = false;
  std::thread([&refused] {
    refused = ThrowsLogicError([] { const Json value = Json::array({1}); });
  }).join();
  Check(refused, "another thread has no arena");
}

void WithoutAScopeNothingIsAllocated(arena::Arena& a) {
  Json value = nullptr;
  Check(ThrowsLogicError([&value] { value = Json::object(); }) && value.is_null(),
        "without a scope nothing is allocated");
  Json number = 7;
  Check(number.get<int>() == 7, "what needs no memory needs no scope");
  {
    const JsonScope scope(a);
    value = Json::parse(kText);
  }
  const Json moved = std::move(value);
  Check(moved.at("list").size() == 3, "nor does reading and moving");
}

void AFullArenaThrows() {
  arena::MonotonicArena small({.limit = 32 * 1024});
  bool full = false;
  {
    const JsonScope scope(small);
    Json value = Json::array();
    try {
      while (true) value.push_back("a text that does not fit inside of a string object");
    } catch (const std::bad_alloc&) {
      full = true;
    }
    Check(full && value.size() > 100, "a full arena throws, and the value stays as it was");
  }
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  OnlyTheParserUsesTheHeap(a);
  a.Reset();
  ChangesLieInTheArena(a);
  BadTextIsRefused(a);
  ScopesNest(a);
  AScopeIsItsThreads(a);
  WithoutAScopeNothingIsAllocated(a);
  AFullArenaThrows();
  return arena_test::Verdict();
}
