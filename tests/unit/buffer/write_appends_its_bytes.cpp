// SPDX-License-Identifier: Apache-2.0
//
// Everything that can be written to a buffer is read back in the order of the writes.
#include <arena/arena.hpp>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("each form of Write appends its bytes and returns their number", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const std::array<std::byte, 2> array = {std::byte{'c'}, std::byte{'d'}};
  std::vector<std::byte> vector = {std::byte{'e'}, std::byte{'f'}, std::byte{'g'}};
  CHECK(b.Write("ab", 2) == 2);
  CHECK(b.Write(std::span<const std::byte>(array)) == 2);
  CHECK(b.Write(vector) == 3);
  CHECK(b.Write(std::string_view("hi")) == 2);
  CHECK(b.Write("jk") == 2);
  CHECK(b.Write(std::string("lm")) == 2);
  CHECK(b.WriteString("nop") == 3);
  CHECK(b.Len() == 16);
  CHECK(b.View() == "abcdefghijklmnop");
}

TEST_CASE("WriteByte takes a std::byte, a char and an unsigned char", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const unsigned char high = 0xFF;
  CHECK(b.WriteByte('x') == 1);
  CHECK(b.WriteByte(std::byte{0x80}) == 1);
  CHECK(b.WriteByte(high) == 1);
  CHECK(b.WriteByte('\0') == 1);
  b.push_back('y');
  CHECK(b.String() == std::string("x\x80\xFF\0y", 5));
}

TEST_CASE("a fresh buffer holds nothing and has taken nothing from the arena", "[buffer]") {
  arena::MonotonicArena a;
  const arena::ArenaBuffer b(a);
  CHECK(b.Len() == 0);
  CHECK(b.Cap() == 0);
  CHECK(b.Bytes().empty());
  CHECK(b.View().empty());
  CHECK(b.String().empty());
  CHECK(a.Len() == 0);
}

TEST_CASE("the bytes of a buffer lie in its arena, in one piece", "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 64});
  arena::ArenaBuffer b(a);
  for (int i = 0; i < 1000; ++i) b.Write("0123456789");
  REQUIRE(b.Len() == 10000);
  CHECK(a.Owns(b.Bytes().data()));
  CHECK(a.Owns(b.Bytes().data() + 9999));
  CHECK(b.View().substr(9995) == "56789");
  CHECK(b.Cap() >= 10000);
}
