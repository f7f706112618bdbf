// SPDX-License-Identifier: Apache-2.0
//
// Reading takes bytes from the front, once each, and answers 0 at the end.
#include <arena/arena.hpp>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("Read fills what it is given with the next bytes", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world, and more");
  char chars[5];
  std::array<std::byte, 1> bytes;
  std::vector<unsigned char> octets(5);
  std::string text(2, '?');
  CHECK(b.Read(chars) == 5);
  CHECK(std::string_view(chars, 5) == "hello");
  CHECK(b.Read(bytes) == 1);
  CHECK(bytes[0] == std::byte{' '});
  CHECK(b.Read(octets) == 5);
  CHECK(std::string(octets.begin(), octets.end()) == "world");
  CHECK(b.Read(text) == 2);
  CHECK(text == ", ");
  CHECK(b.Read(text.data(), 1) == 1);
  CHECK(text == "a ");
  CHECK(b.String() == "nd more");
}

TEST_CASE("a Read of more than there is takes what there is", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("world");
  std::string target(10, '.');
  CHECK(b.Read(target) == 5);
  CHECK(target == "world.....");
  CHECK(b.Len() == 0);
  CHECK(b.Read(target) == 0);
  CHECK(target == "world.....");
}

TEST_CASE("ReadByte answers byte by byte and nothing at the end", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK(b.ReadByte() == std::nullopt);
  b.Write(std::string_view("a\xFF", 2));
  CHECK(b.ReadByte() == std::byte{'a'});
  CHECK(b.ReadByte() == std::byte{0xFF});
  CHECK(b.ReadByte() == std::nullopt);
  b.WriteByte('c');
  CHECK(b.ReadByte() == std::byte{'c'});
}

TEST_CASE("bytes consumed or truncated never come back", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  char target[3];
  b.Write("abcdef");
  b.Read(target);
  b.Write("ghi");
  CHECK(b.View() == "defghi");
  b.Truncate(2);
  CHECK(b.View() == "de");
  b.Write("xyz");
  CHECK(b.View() == "dexyz");
  b.Next(4);
  b.Write(std::string(1000, '-'));  // into other or larger storage
  CHECK(b.String() == "z" + std::string(1000, '-'));
  b.Truncate(0);
  b.Write("end");
  CHECK(b.View() == "end");
}
