// SPDX-License-Identifier: Apache-2.0
//
// A tree is walked by generators that call themselves: each level has one, and their frames lie in an
// arena, where a finished one makes room for the next. See arena_generator.hpp.
#include <arena/arena.hpp>
#include <cstdio>
#include <string_view>

#include "arena_generator.hpp"

struct Entry {
  std::string_view name;
  std::size_t size = 0;
  arena::Slice<Entry> entries{};
};

struct Visit {
  const Entry* entry;
  int depth;
};

// All entries below `entry`, and it before them.
adapters::Generator<Visit> Walk(arena::Arena& a, const Entry& entry, int depth = 0) {
  co_yield Visit{&entry, depth};
  for (const Entry& inner : entry.entries) {
    for (const Visit visit : Walk(a, inner, depth + 1)) co_yield visit;
  }
}

// The lines of a text, without their ends.
adapters::Generator<std::string_view> Lines(arena::Arena&, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    co_yield text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

int main() {
  arena::MonotonicArena a;
  Entry src{"src", 0};
  src.entries =
      arena::SliceAppend(a, src.entries, Entry{"main.cpp", 4096}, Entry{"pool.cpp", 9000});
  Entry root{"project", 0};
  root.entries = arena::SliceAppend(a, root.entries, src, Entry{"README.md", 700});

  const std::size_t before = a.Len();
  std::size_t total = 0;
  for (const auto [entry, depth] : Walk(a, root)) {
    std::printf("%*s%s\n", depth * 2, "", entry->name.data());
    total += entry->size;
  }
  std::printf("%zu bytes\n", total);

  int lines = 0;
  for (const std::string_view line : Lines(a, "one\ntwo\n\nfour")) lines += line.empty() ? 0 : 1;
  std::printf("%d lines with text\n", lines);
  std::printf("left of the generators in the arena: %zu bytes\n", a.Len() - before);
}
