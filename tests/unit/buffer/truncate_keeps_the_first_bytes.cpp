// SPDX-License-Identifier: Apache-2.0
//
// Truncate keeps the first unread bytes; Reset empties the buffer and keeps the storage.
#include <arena/arena.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("Truncate keeps the first unread bytes", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world");
  b.Truncate(11);
  CHECK(b.View() == "hello world");
  b.Truncate(5);
  CHECK(b.View() == "hello");
  b.ReadByte();
  b.Truncate(2);
  CHECK(b.View() == "el");
  b.Truncate(0);
  CHECK(b.Len() == 0);
}

TEST_CASE("Truncate to more than is unread throws and changes nothing", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK_THROWS_AS(b.Truncate(1), std::out_of_range);
  b.Write("hello");
  b.ReadByte();
  CHECK_THROWS_AS(b.Truncate(5), std::out_of_range);
  CHECK_THROWS_AS(b.Truncate(static_cast<std::size_t>(-1)), std::out_of_range);
  CHECK(b.View() == "ello");
}

TEST_CASE("Reset empties the buffer and uses its storage from the start", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Reset();
  CHECK(b.Cap() == 0);
  b.Write("hello world");
  const char* const start = b.View().data();
  const std::size_t cap = b.Cap();
  b.Next(3);
  b.Reset();
  CHECK(b.Len() == 0);
  CHECK(b.Cap() == cap);
  b.Write("new data");
  CHECK(b.View() == "new data");
  CHECK(b.View().data() == start);
}

TEST_CASE("a buffer that is reset each round never takes more memory", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write(std::string(5000, 'x'));
  const std::size_t len = a.Len();
  for (int i = 0; i < 1000; ++i) {
    b.Reset();
    b.Write(std::string(5000, 'y'));
    b.Next(4000);
  }
  CHECK(a.Len() == len);
}
