// SPDX-License-Identifier: Apache-2.0
//
// A buffer is an output container: algorithms and formatting libraries write into it.
#include <algorithm>
#include <arena/arena.hpp>
#include <iterator>
#include <string>
#include <type_traits>
#include <version>

#include "support/catch.hpp"

#ifdef ARENA_TEST_FMT
#include <fmt/format.h>
#endif
#ifdef __cpp_lib_format
#include <format>
#endif

TEST_CASE("std::back_inserter writes into a buffer", "[buffer]") {
  STATIC_REQUIRE(std::is_same_v<arena::ArenaBuffer::value_type, char>);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const std::string text = "from an algorithm";
  std::copy(text.begin(), text.end(), std::back_inserter(b));
  std::fill_n(std::back_inserter(b), 1000, '.');
  CHECK(b.View() == text + std::string(1000, '.'));
}

#ifdef ARENA_TEST_FMT
TEST_CASE("fmt::format_to writes into a buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  fmt::format_to(std::back_inserter(b), "{}: {:>6.2f}|{}", "pi", 3.14159, std::string(500, 'x'));
  CHECK(b.View() == "pi:   3.14|" + std::string(500, 'x'));
}
#endif

#ifdef __cpp_lib_format
TEST_CASE("std::format_to writes into a buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::format_to(std::back_inserter(b), "{}: {:>6.2f}|{}", "pi", 3.14159, std::string(500, 'x'));
  CHECK(b.View() == "pi:   3.14|" + std::string(500, 'x'));
}
#endif
