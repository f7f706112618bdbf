// SPDX-License-Identifier: Apache-2.0
//
// The adapter for fmt: text is formatted into the arena without the heap.
#include <iterator>
#include <string>
#include <string_view>

#include "adapters/heap.hpp"
#include "arena_fmt.hpp"

using arena_test::Check;

namespace {

arena_test::Storage storage;

void ShortTextsTakeTheirSize(arena::MonotonicArena& a) {
  const std::size_t before = a.Len();
  std::string_view text;
  const std::size_t calls =
      arena_test::HeapCalls([&] { text = adapters::Format(a, "{} and {:.2f}", 7, 1.5); });
  Check(calls == 0, "no call of the heap");
  Check(text == "7 and 1.50" && text.data()[text.size()] == '\0', "the text, and a NUL behind it");
  Check(a.Owns(text.data()) && a.Len() - before == text.size() + 1, "of exactly its size");
  Check(adapters::Format(a, "").empty(), "nothing is an empty text");
}

void ABufferGrowsInTheArena(arena::MonotonicArena& a) {
  const std::size_t calls = arena_test::HeapCalls([&a] {
    adapters::MemoryBuffer buffer(a);
    for (int i = 0; i < 1000; ++i) fmt::format_to(std::back_inserter(buffer), "{},", i);
    Check(buffer.size() == 3890 && a.Owns(buffer.data()), "a buffer grows in the arena");
  });
  Check(calls == 0, "no call of the heap");
}

void AnArenaBufferNeedsNoAdapter(arena::MonotonicArena& a) {
  arena::ArenaBuffer out(a);
  const std::size_t calls = arena_test::HeapCalls([&] {
    for (int i = 0; i < 1000; ++i) fmt::format_to(std::back_inserter(out), "{},", i);
  });
  Check(calls == 0 && out.Len() == 3890, "fmt writes into an ArenaBuffer");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  ShortTextsTakeTheirSize(a);
  ABufferGrowsInTheArena(a);
  AnArenaBufferNeedsNoAdapter(a);
  return arena_test::Verdict();
}
