// SPDX-License-Identifier: Apache-2.0
//
// Buffers and scopes: a buffer made inside dies with the scope, one from outside does not touch
// what it shared with its views before.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("a buffer made in a scope gives its memory back with the scope", "[buffer]") {
  arena::MonotonicArena a;
  const std::size_t len = a.Len();
  for (int i = 0; i < 10; ++i) {
    arena::ArenaScope scope(a);
    arena::ArenaBuffer b(a);
    b.Write(std::string(100000, 'x'));
    CHECK(b.Len() == 100000);
  }
  CHECK(a.Len() == len);
}

TEST_CASE("a buffer from outside does not grow in place inside a scope", "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 16});
  arena::ArenaBuffer b(a);
  b.Write(std::string(64, 'x'));
  const std::string_view outside = b.View();
  const std::size_t len = a.Len();
  {
    arena::ArenaScope scope(a);
    b.WriteByte('y');
    CHECK(b.View().data() != outside.data());
    const std::string longer = std::string(64, 'x').append(1, 'y');
    CHECK(b.View() == longer);
    b = arena::ArenaBuffer(a);  // its storage is gone with the scope
  }
  CHECK(a.Len() == len);
  CHECK(outside == std::string(64, 'x'));
}

TEST_CASE("a buffer from outside may be written to in a scope within its storage", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Prepare(1000);
  {
    arena::ArenaScope scope(a);
    b.Write(std::string(1000, 'x'));
    a.Alloc(1, 1);
  }
  CHECK(b.View() == std::string(1000, 'x'));
  b.WriteByte('y');
  const std::string longer = std::string(1000, 'x').append(1, 'y');
  CHECK(b.View() == longer);
}
