// SPDX-License-Identifier: Apache-2.0
//
// Prepare offers room, Commit makes what was put there part of the buffer.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

void Put(std::span<std::byte> room, std::string_view text) {
  std::memcpy(room.data(), text.data(), text.size());
}

}  // namespace

TEST_CASE("Prepare offers exactly the room asked for", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK(b.Prepare(1).size() == 1);
  CHECK(b.Prepare(100).size() == 100);
  CHECK(b.Prepare(100000).size() == 100000);
  CHECK(b.Prepare(10).size() == 10);
  CHECK(b.Len() == 0);
}

TEST_CASE("only what is committed becomes part of the buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("ab");
  Put(b.Prepare(10), "cdefghijkl");
  CHECK(b.View() == "ab");
  b.Commit(3);
  CHECK(b.View() == "abcde");
  b.Commit(2);  // the rest was still prepared
  CHECK(b.View() == "abcdefg");
  Put(b.Prepare(3), "xyz");
  b.Commit(3);
  CHECK(b.View() == "abcdefgxyz");
}

TEST_CASE("what is prepared follows the unread bytes directly", "[buffer]") {
  const bool neighbours = GENERATE(false, true);
  arena::MonotonicArena a({.min_buffer_size = 1024});
  arena::ArenaBuffer b(a);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    if (neighbours) a.Alloc(1, 1);
    const std::string text = "<" + std::to_string(i) + ">";
    const std::span<std::byte> room = b.Prepare(100);
    Put(room, text);
    b.Commit(text.size());
    expected += text;
    REQUIRE(b.View() == expected);
    CHECK(b.View().data() + b.Len() == reinterpret_cast<char*>(room.data()) + text.size());
  }
}

TEST_CASE("reading between Prepare and Commit does not disturb", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("abc");
  const std::span<std::byte> room = b.Prepare(3);
  char target[2];
  b.Read(target);
  Put(room, "def");
  b.Next(1);
  b.Commit(3);
  CHECK(b.View() == "def");
}

TEST_CASE("a move takes what is prepared along", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  Put(b.Prepare(3), "abc");
  arena::ArenaBuffer moved = std::move(b);
  moved.Commit(3);
  CHECK(moved.View() == "abc");
}
