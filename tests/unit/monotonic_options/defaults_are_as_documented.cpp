// SPDX-License-Identifier: Apache-2.0
//
// The defaults as the table in README.md states them.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

TEST_CASE("The options of a MonotonicArena have the documented defaults") {
  const arena::MonotonicArenaOptions options;
  CHECK(options.min_buffer_size == 32 * 1024);
  CHECK(options.initial_buffer_count == 1);
  CHECK(options.max_buffer_size == 1024 * 1024);
  CHECK(options.limit == SIZE_MAX);
  CHECK(options.retain == SIZE_MAX);
  CHECK(options.initial_buffer.empty());
  CHECK(options.upstream == nullptr);
}

TEST_CASE("A default-constructed MonotonicArena has the default options") {
  arena::MonotonicArena plain;
  arena::MonotonicArena explicitly(arena::MonotonicArenaOptions{});
  CHECK(plain.Cap() == 32 * 1024);
  CHECK(explicitly.Cap() == plain.Cap());
}
