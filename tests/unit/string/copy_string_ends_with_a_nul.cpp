// SPDX-License-Identifier: Apache-2.0
//
// CopyString: text in the arena that is also a C string.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/custom_arenas.hpp"

using arena::CopyString;

TEST_CASE("a copied string lies in the arena and has a NUL behind its end") {
  arena::MonotonicArena a;
  std::string text = "hello";
  const std::string_view copy = CopyString(a, text);
  text = "changed";
  CHECK(copy == "hello");
  CHECK(copy.size() == 5);
  CHECK(std::strlen(copy.data()) == 5);
  CHECK(a.Owns(copy.data()));
  CHECK(a.Len() == 6);
}

TEST_CASE("an empty string and one with NULs inside are copied") {
  arena::MonotonicArena a;
  const std::string_view empty = CopyString(a, "");
  CHECK(empty.empty());
  CHECK(empty.data() != nullptr);
  CHECK(*empty.data() == '\0');
  CHECK(a.Len() == 1);
  const std::string_view none = CopyString(a, std::string_view());
  CHECK(*none.data() == '\0');
  const std::string_view inner = CopyString(a, std::string_view("a\0b", 3));
  CHECK(inner == std::string_view("a\0b", 3));
  CHECK(inner.data()[3] == '\0');
}

TEST_CASE("a copy of a copy, and of a part of it") {
  arena::MonotonicArena a;
  const std::string_view one = CopyString(a, "one two three");
  const std::string_view two = CopyString(a, one.substr(4, 3));
  CHECK(two == "two");
  CHECK(std::strcmp(two.data(), "two") == 0);
  CHECK(one == "one two three");
}

TEST_CASE("a string longer than a buffer is copied") {
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64});
  const std::string text(100000, 'x');
  CHECK(CopyString(a, text) == text);
}

TEST_CASE("a string without room throws") {
  arena_test::WindowArena<64> a;
  CHECK(CopyString(a, std::string(63, 'x')).size() == 63);
  CHECK_THROWS_AS(CopyString(a, ""), std::bad_alloc);
}
