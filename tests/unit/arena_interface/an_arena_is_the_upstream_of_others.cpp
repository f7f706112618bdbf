// SPDX-License-Identifier: Apache-2.0
//
// An arena can be the upstream of another.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::FiguresAgree;

TEST_CASE("a child's buffers lie in its parent", "[raw][places]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena parent({.upstream = &upstream});
    arena::MonotonicArena child({.min_buffer_size = 1000, .upstream = &parent});
    CHECK(child.Cap() == 1000);
    CHECK(parent.Len() >= 1000);
    const std::size_t parent_len = parent.Len();
    void* block = child.Alloc(500, 1);
    arena_test::Fill(block, 500, 1);
    CHECK(parent.Owns(block));
    CHECK(parent.Len() == parent_len);  // which counts whole buffers
    void* large = child.Alloc(100000, 16);
    arena_test::Fill(large, 100000, 2);
    CHECK(parent.Owns(large));
    CHECK(parent.Len() >= parent_len + 100000);
    CHECK(FiguresAgree(child));
    CHECK(FiguresAgree(parent));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("what a child gives back stays with the parent until its Reset", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena parent({.upstream = &upstream});
  {
    arena::MonotonicArena child({.min_buffer_size = 1000, .upstream = &parent});
    child.Alloc(800, 1);
    child.Alloc(5000, 1);
    const std::string before = Figures(parent);
    child.Release();
    CHECK(child.Cap() == 0);
    CHECK(Figures(parent) == before);
    child.Alloc(800, 1);
    CHECK(Figures(parent) != before);
  }
  CHECK(parent.Len() > 0);
  parent.Reset();
  CHECK(parent.Len() == 0);
}

TEST_CASE("a child fails when its parent's limit is reached, and changes nothing", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena parent({.min_buffer_size = 8192, .limit = 8192, .upstream = &upstream});
  arena::MonotonicArena child({.min_buffer_size = 4096, .upstream = &parent});
  const std::string child_before = Figures(child);
  const std::string parent_before = Figures(parent);
  CHECK_THROWS_AS(child.Alloc(10000, 1), std::bad_alloc);
  CHECK(child.TryAlloc(10000, 4096) == nullptr);
  CHECK(Figures(child) == child_before);
  CHECK(Figures(parent) == parent_before);
  CHECK_THROWS_AS(arena::MonotonicArena({.upstream = &parent}), std::bad_alloc);
  CHECK(Figures(parent) == parent_before);
  CHECK(child.TryAlloc(4096, 16) != nullptr);
}

TEST_CASE("grandchildren work", "[raw]") {
  CheckingResource upstream({.hostile = true});
  {
    arena::MonotonicArena parent({.upstream = &upstream});
    arena::MonotonicArena child({.min_buffer_size = 4096, .upstream = &parent});
    arena::MonotonicArena grandchild({.min_buffer_size = 256, .upstream = &child});
    for (std::size_t i = 0; i < 200; ++i) {
      CAPTURE(i);
      const std::size_t alignment = std::size_t{1} << i % 10;
      void* block = grandchild.Alloc(i * 7 + 1, alignment);
      REQUIRE(arena_test::IsAligned(block, alignment));
      arena_test::Fill(block, i * 7 + 1, i);
      REQUIRE((ARENA_HEAP || parent.Owns(block)));
    }
    CHECK(FiguresAgree(grandchild));
    CHECK(FiguresAgree(child));
    CHECK(FiguresAgree(parent));
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("a child lives inside the scope it was made in", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena parent({.upstream = &upstream});
  parent.Alloc(100, 1);
  for (int i = 0; i < 3; ++i) {
    const arena::ArenaScope scope(parent);
    arena::MonotonicArena child({.min_buffer_size = 2000, .upstream = &parent});
    arena::Allocate<std::string>(child, "a string that needs memory of its own");
    child.Alloc(50000, 1);
    CHECK(parent.Len() > 52000);
  }
  CHECK(parent.Len() == 100);
}
