// SPDX-License-Identifier: Apache-2.0
//
// The adapter for Abseil: tables lie in their arena and never call the heap.
#include <arena/containers.hpp>
#include <string_view>
#include <utility>

#include "adapters/heap.hpp"
#include "arena_abseil.hpp"

using arena_test::Check;

namespace {

arena_test::Storage storage;

void NothingUsesTheHeap(arena::MonotonicArena& a) {
  const std::size_t calls = arena_test::HeapCalls([&a] {
    adapters::FlatHashMap<int, int> squares(a);
    adapters::FlatHashSet<std::string_view> words(a);
    adapters::FlatHashMap<int, arena::String> texts(a);
    for (int i = 0; i < 1000; ++i) {
      squares[i] = i * i;
      words.insert(arena::CopyString(
          a, std::string_view("abcdefghij").substr(0, static_cast<std::size_t>(i % 10))));
      texts.try_emplace(i, "a text that does not fit inside of a string object", a);
    }
    squares.erase(500);
    Check(squares.size() == 999 && squares.at(999) == 998'001 && words.size() == 10,
          "all of it is there");
    Check(a.Owns(&squares.at(1)) && a.Owns(texts.at(7).data()), "in the arena");
    const auto copy = squares;
    auto moved = std::move(squares);
    Check(copy == moved && a.Owns(&copy.at(1)), "copies lie in the same arena");
  });
  Check(calls == 0, "no call of the heap");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  NothingUsesTheHeap(a);
  return arena_test::Verdict();
}
