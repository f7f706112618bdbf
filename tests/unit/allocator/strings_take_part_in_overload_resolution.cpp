// SPDX-License-Identifier: Apache-2.0
//
// To ask whether an arena::String can be made from something is no error, although none can be made
// without an arena.
#include <arena/arena.hpp>
#include <cstddef>
#include <type_traits>
#include <variant>

#include "support/catch.hpp"

TEST_CASE("a string is an alternative of a variant") {
  arena::MonotonicArena a;
  std::variant<std::nullptr_t, int, arena::String> value(nullptr);
  CHECK(value.index() == 0);
  value = 3;
  value.emplace<arena::String>("text", a);
  CHECK(std::get<arena::String>(value) == "text");
  STATIC_REQUIRE(!std::is_default_constructible_v<arena::Allocator<char>>);
}
