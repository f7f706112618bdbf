// SPDX-License-Identifier: Apache-2.0
//
// A view of a buffer can be written into the same buffer.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("a buffer doubles by writing its own view into it", "[buffer]") {
  const std::size_t buffer_size = GENERATE(64U, 1U << 20);
  const bool neighbours = GENERATE(false, true);
  arena::MonotonicArena a({.min_buffer_size = buffer_size});
  arena::ArenaBuffer b(a);
  std::string expected = "abc";
  b.Write(expected);
  for (int i = 0; i < 12; ++i) {
    if (neighbours) a.Alloc(1, 1);
    b.Write(b.View());
    expected += std::string(expected);
    REQUIRE(b.View() == expected);
  }
  b.Write(b.Bytes());
  CHECK(b.View() == expected + expected);
}

TEST_CASE("bytes that were read can be written again", "[buffer]") {
  const std::size_t buffer_size = GENERATE(64U, 1U << 20);
  arena::MonotonicArena a({.min_buffer_size = buffer_size});
  arena::ArenaBuffer b(a);
  std::string expected = "0123456789";
  b.Write(expected);
  for (int i = 0; i < 500; ++i) {
    b.Write(b.Next(7));
    expected = expected.substr(7) + expected.substr(0, 7);
    REQUIRE(b.String() == expected);
  }
}

TEST_CASE("a view of bytes that were truncated can be written over them", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("0123456789");
  const std::string_view all = b.View();
  b.Truncate(3);
  b.Write(all);  // its end lies where it is written to
  CHECK(b.View() == "0120123456789");
}

TEST_CASE("bytes in the prepared part can be written in place of a Commit", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("ab");
  const std::span<std::byte> room = b.Prepare(10);
  std::memcpy(room.data(), "0123456789", 10);
  b.Write(room.data() + 2, 5);
  CHECK(b.View() == "ab23456");
}
