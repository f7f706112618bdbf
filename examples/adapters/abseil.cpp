// SPDX-License-Identifier: Apache-2.0
//
// Words of a text are counted in hash tables of Abseil that lie in an arena, with the lines that each
// word stands on. See arena_abseil.hpp.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstdio>
#include <string_view>

#include "arena_abseil.hpp"

constexpr std::string_view kText[] = {
    "the arena hands out memory by moving a pointer",
    "and frees the memory of a request at once",
    "so the pointer moves and the memory stays",
};

struct Use {
  std::string_view word;
  arena::Slice<int> lines;
};

int main() {
  arena::MonotonicArena a;
  adapters::FlatHashMap<std::string_view, arena::Slice<int>> uses(a);
  adapters::FlatHashSet<std::size_t> lengths(a);
  int number = 0;
  for (const std::string_view line : kText) {
    ++number;
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t end = std::min(line.find(' ', begin), line.size());
      auto& lines = uses[line.substr(begin, end - begin)];
      lines = arena::SliceAppend(a, lines, number);
      lengths.insert(end - begin);
      begin = end + 1;
    }
  }

  // Sorted, because a hash table has no order.
  auto sorted = arena::AllocateSlice<Use>(a, 0, uses.size());
  for (const auto& [word, lines] : uses) sorted = arena::SliceAppend(a, sorted, Use{word, lines});
  std::sort(sorted.begin(), sorted.end(), [](const Use& left, const Use& right) {
    return left.lines.size() != right.lines.size() ? left.lines.size() > right.lines.size()
                                                   : left.word < right.word;
  });
  for (const Use& use : sorted.Subslice(0, 3)) {
    std::printf("%.*s:", static_cast<int>(use.word.size()), use.word.data());
    for (const int line : use.lines) std::printf(" %d", line);
    std::printf("\n");
  }
  std::printf("%zu words of %zu lengths\n", uses.size(), lengths.size());
}
