// SPDX-License-Identifier: Apache-2.0
#include <arena/arena.hpp>
#include <string>

#include "both_editions.hpp"

unsigned long AppendWithTheFolder(arena::Arena& arena) {
  arena::Slice<std::string> words;
  words = arena::SliceAppend(arena, words, "one", "two");
  words = arena::SliceAppend(arena, std::move(words), "three");
  return words.size();
}
