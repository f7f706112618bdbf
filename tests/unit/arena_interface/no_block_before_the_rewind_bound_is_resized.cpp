// SPDX-License-Identifier: Apache-2.0
//
// Nothing below the floor is resized: the start of the current buffer or the innermost open scope,
// whichever is later.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string>

#include "support/catch.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::Figures;

TEST_CASE("a foreign block that ends where the window starts is refused", "[raw][places]") {
  alignas(16) std::byte storage[512];
  arena::MonotonicArena low({.initial_buffer = std::span(storage).first(256)});
  arena::MonotonicArena high({.initial_buffer = std::span(storage).last(256)});
  void* block = low.Alloc(256, 1);
  REQUIRE(At(block, 256) == storage + 256);
  const std::string before = Figures(high);
  CHECK_FALSE(high.TryResize(block, 256, 300));
  CHECK_FALSE(high.TryResize(block, 256, 256));
  CHECK_FALSE(high.TryResize(block, 256, 100));
  CHECK_FALSE(high.TryResize(block, 256, 0));
  CHECK(Figures(high) == before);
  CHECK(high.Alloc(256, 1) == storage + 256);
}

TEST_CASE("a foreign block that starts where the window ends is refused", "[raw][places]") {
  alignas(16) std::byte storage[512];
  arena::MonotonicArena low({.initial_buffer = std::span(storage).first(256)});
  arena::MonotonicArena high({.initial_buffer = std::span(storage).last(256)});
  void* own = low.Alloc(256, 1);
  void* foreign = high.Alloc(100, 1);
  REQUIRE(At(own, 256) == foreign);
  CHECK_FALSE(low.TryResize(foreign, 100, 0));
  CHECK_FALSE(low.TryResize(own, 256, 300));
  CHECK(low.Len() == 256);
  CHECK(high.Len() == 100);
}

TEST_CASE("a block from before a scope is not resized inside it", "[raw][places]") {
  arena::MonotonicArena a;
  void* block = a.Alloc(100, 1);
  {
    const arena::ArenaScope scope(a);
    for (const std::size_t size : {0u, 1u, 100u, 101u, 200u}) {
      CAPTURE(size);
      CHECK_FALSE(a.TryResize(block, 100, size));
      CHECK(a.Len() == 100);
    }
    void* inside = a.Alloc(20, 1);
    CHECK(a.TryResize(inside, 20, 40));
    CHECK(a.TryResize(inside, 40, 0));
    CHECK_FALSE(a.TryResize(block, 100, 101));
  }
  CHECK(a.TryResize(block, 100, 101));
  CHECK(a.Len() == 101);
}

TEST_CASE("the end of an inner scope gives the outer scope its rewind bound back",
          "[raw][places]") {
  arena::MonotonicArena a;
  void* outermost = a.Alloc(10, 1);
  const arena::ArenaScope outer(a);
  void* block = a.Alloc(20, 1);
  {
    const arena::ArenaScope inner(a);
    CHECK_FALSE(a.TryResize(block, 20, 30));
    CHECK_FALSE(a.TryResize(outermost, 10, 20));
  }
  CHECK(a.TryResize(block, 20, 30));
  CHECK(a.TryResize(block, 30, 0));
  CHECK_FALSE(a.TryResize(outermost, 10, 20));
}

TEST_CASE("the rewind bound follows the window into a new buffer and back out of the scope",
          "[raw][places]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 2});
  void* before = a.Alloc(60, 1);
  {
    const arena::ArenaScope scope(a);
    void* inside = a.Alloc(60, 1);  // in the second buffer
    CHECK(a.TryResize(inside, 60, 100));
    CHECK_FALSE(a.TryResize(inside, 100, 101));
    CHECK_FALSE(a.TryResize(before, 60, 61));
  }
  CHECK(a.TryResize(before, 60, 100));
  CHECK(a.Len() == 100);
}

TEST_CASE("a scope on an arena without a window has a rewind bound, too", "[raw][places]") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  {
    const arena::ArenaScope scope(a);
    void* block = a.Alloc(100, 1);
    CHECK(a.TryResize(block, 100, 200));
    CHECK(a.TryResize(block, 200, 0));
  }
  CHECK(a.Len() == 0);
}
