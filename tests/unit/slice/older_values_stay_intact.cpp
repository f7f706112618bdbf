// SPDX-License-Identifier: Apache-2.0
//
// Every older value of a slice keeps its elements, whatever was appended to newer ones.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

std::string Word(int n) {
  return "a word that is longer than any small string, " + std::to_string(n);
}

}  // namespace

TEST_CASE("an lvalue slice grows by copying, and its elements stay") {
  arena::MonotonicArena a;
  auto old = arena::AllocateSlice<std::string>(a, 2);
  old[0] = Word(0);
  old[1] = Word(1);
  a.Alloc(1, 1);
  auto grown = SliceAppend(a, old, Word(2));
  CHECK(grown.data() != old.data());
  CHECK(old[0] == Word(0));
  CHECK(old[1] == Word(1));
  grown[0] = "changed";
  CHECK(old[0] == Word(0));
}

TEST_CASE("all values of a growing slice stay readable") {
  const bool disturbed = GENERATE(false, true);
  arena::MonotonicArena a;
  std::vector<Slice<std::string>> values = {{}};
  for (int n = 0; n < 100; ++n) {
    values.push_back(SliceAppend(a, values.back(), Word(n)));
    if (disturbed) a.Alloc(1, 1);
  }
  for (std::size_t size = 0; size < values.size(); ++size) {
    REQUIRE(values[size].size() == size);
    for (std::size_t i = 0; i < size; ++i) REQUIRE(values[size][i] == Word(static_cast<int>(i)));
  }
}

TEST_CASE("moving a slice on leaves older values alive and readable, if moved from") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto old = SliceAppend(a, Slice<Tracked>(), 1, 2);
  a.Alloc(1, 1);
  auto grown = SliceAppend(a, std::move(old), 3);
  CHECK(grown[0].Id() == 1);
  CHECK(old[0].Id() == arena_test::kMovedFrom);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice in a container of its own type stays intact as well") {
  arena::MonotonicArena a;
  Slice<Slice<std::string>> lines;
  for (int line = 0; line < 20; ++line) {
    Slice<std::string> words;
    for (int word = 0; word < line; ++word) words = SliceAppend(a, words, Word(word));
    lines = SliceAppend(a, lines, words);
  }
  for (std::size_t line = 0; line < 20; ++line) {
    REQUIRE(lines[line].size() == line);
    if (line > 0) CHECK(lines[line].back() == Word(static_cast<int>(line) - 1));
  }
}
