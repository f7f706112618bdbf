// SPDX-License-Identifier: Apache-2.0
//
// The adapter for RapidJSON: a document is parsed, changed and written without the heap.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>

#include "adapters/heap.hpp"
#include "arena_rapidjson.hpp"

using adapters::RapidJsonAllocator;
using adapters::RapidJsonDocument;
using arena_test::Check;

namespace {

arena_test::Storage storage;

void NothingUsesTheHeap(arena::Arena& a) {
  constexpr std::string_view kText =
      R"({"list": [1, 2, 3, {"a": "a string that is longer than what a value holds inside"}]})";
  const std::size_t calls = arena_test::HeapCalls([&] {
    RapidJsonAllocator memory(a);
    RapidJsonDocument document(&memory, 1024, &memory);
    document.Parse(kText.data(), kText.size());
    Check(!document.HasParseError(), "the text is JSON");
    auto& list = document["list"];
    for (int i = 0; i < 1000; ++i) list.PushBack(i, memory);
    adapters::RapidJsonValue name("another name, long enough for memory of its own", memory);
    document.AddMember(name, list, memory);
    Check(document["another name, long enough for memory of its own"][999].GetInt() == 995,
          "all of it is there");
    using Text = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, RapidJsonAllocator>;
    Text text(&memory);
    rapidjson::Writer<Text, rapidjson::UTF8<>, rapidjson::UTF8<>, RapidJsonAllocator> writer(
        text, &memory);
    document.Accept(writer);
    Check(text.GetSize() > 1000, "it is written");
  });
  Check(calls == 0, "no call of the heap");
}

// For which RapidJSON takes a stack of its own from malloc.
void ADeepCopyLiesInTheArena(arena::MonotonicArena& a) {
  RapidJsonAllocator memory(a);
  RapidJsonDocument document(&memory, 1024, &memory);
  document.Parse(R"({"list": [1, 2, "a string that is longer than what a value holds inside"]})");
  adapters::RapidJsonValue copy(document["list"], memory);
  Check(copy == document["list"] && a.Owns(copy[2].GetString()), "a copy lies in the arena");
}

void BlocksGrowInPlaceOrMove(arena::Arena& a) {
  RapidJsonAllocator memory(a);
  char* const block = static_cast<char*>(memory.Malloc(16));
  std::memcpy(block, "fifteen letters", 16);
  Check(memory.Realloc(block, 16, 64) == block, "the last block grows in place");
  memory.Malloc(1);
  char* const moved = static_cast<char*>(memory.Realloc(block, 64, 128));
  Check(moved != block && std::strcmp(moved, "fifteen letters") == 0, "another one moves");
  Check(memory.Realloc(moved, 128, 8) == moved, "a smaller one stays");
  Check(memory.Realloc(moved, 128, 0) == nullptr && memory.Malloc(0) == nullptr, "0 is null");
  void* const fresh = memory.Realloc(nullptr, 0, 8);
  Check(fresh != nullptr, "null is a new one");
}

void ADocumentNeedsItsArena() {
  bool refused = false;
  try {
    const RapidJsonDocument document;
  } catch (const std::logic_error&) {
    refused = true;
  }
  Check(refused, "a document that is not told its arena is refused");
}

void AFullArenaThrows() {
  arena::MonotonicArena small({.limit = 32 * 1024});
  RapidJsonAllocator memory(small);
  bool full = false;
  try {
    RapidJsonDocument document(rapidjson::kArrayType, &memory, 1024, &memory);
    while (true) document.PushBack(1, memory);
  } catch (const std::bad_alloc&) {
    full = true;
  }
  Check(full, "a full arena throws");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  NothingUsesTheHeap(a);
  ADeepCopyLiesInTheArena(a);
  BlocksGrowInPlaceOrMove(a);
  ADocumentNeedsItsArena();
  AFullArenaThrows();
  return arena_test::Verdict();
}
