// SPDX-License-Identifier: Apache-2.0
//
// Scopes nest at will.
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Opens `depth` scopes within each other, each with blocks and objects of its own.
void Descend(arena::MonotonicArena& a, std::size_t depth) {
  const arena::ArenaStats before = a.Stats();
  {
    const arena::ArenaScope scope(a);
    void* block = a.Alloc(depth * 13 + 1, 8);
    arena_test::Fill(block, depth * 13 + 1, depth);
    arena::Allocate<Tracked>(a, static_cast<int>(depth));
    if (depth % 3 == 0) a.Alloc(5000, 16);
    if (depth > 1) {
      Descend(a, depth - 1);
      Descend(a, depth / 2);
    }
    if (!arena_test::StillHolds(block, depth * 13 + 1, depth)) FAIL_CHECK("a block has changed");
  }
  CHECK(a.Len() == before.len);
  CHECK(a.Stats().records == before.records);
  CHECK(a.Stats().waste == before.waste);
}

}  // namespace

TEST_CASE("scopes within scopes each put back what they found", "[scope]") {
  CheckingResource upstream;
  LifetimeLog log;
  {
    arena::MonotonicArena a({.min_buffer_size = 300, .upstream = &upstream});
    a.Alloc(10, 1);
    Descend(a, 10);
    CHECK(a.Len() == 10);
    CHECK(log.Live() == 0);
    CHECK(FiguresAgree(a));
    const std::size_t calls = upstream.Calls();
    Descend(a, 10);
    CHECK(upstream.Calls() == calls);
  }
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("an inner scope frees its own, the outer one goes on", "[scope]") {
  arena::MonotonicArena a;
  a.Alloc(1, 1);
  {
    const arena::ArenaScope outer(a);
    a.Alloc(10, 1);
    {
      const arena::ArenaScope inner(a);
      a.Alloc(100, 1);
      CHECK(a.Len() == 111);
    }
    CHECK(a.Len() == 11);
    a.Alloc(1000, 1);
    {
      const arena::ArenaScope inner(a);
      a.Alloc(10000, 1);
      CHECK(a.Len() == 11011);
    }
    CHECK(a.Len() == 1011);
  }
  CHECK(a.Len() == 1);
  CHECK(a.Peak() == 11011);
}

TEST_CASE("scopes opened at one place each have a beginning of their own", "[scope]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  {
    const arena::ArenaScope first(a);
    {
      const arena::ArenaScope second(a);
      {
        const arena::ArenaScope third(a);
        arena::Allocate<Tracked>(a, 3);
      }
      CHECK(log.Deaths() == std::vector<int>{3});
      arena::Allocate<Tracked>(a, 2);
    }
    CHECK(log.Deaths() == std::vector<int>{3, 2});
    arena::Allocate<Tracked>(a, 1);
  }
  CHECK(log.Deaths() == std::vector<int>{3, 2, 1});
  CHECK(a.Len() == 0);
}

TEST_CASE("scopes of two arenas are independent of each other", "[scope]") {
  arena::MonotonicArena a;
  arena::MonotonicArena b;
  auto* of_a = new arena::ArenaScope(a);
  auto* of_b = new arena::ArenaScope(b);
  a.Alloc(10, 1);
  b.Alloc(20, 1);
  delete of_a;
  CHECK(a.Len() == 0);
  CHECK(b.Len() == 20);
  delete of_b;
  CHECK(b.Len() == 0);
}

TEST_CASE("Reset and Release are allowed again once the scope is closed", "[scope]") {
  arena::MonotonicArena a;
  {
    const arena::ArenaScope outer(a);
    const arena::ArenaScope inner(a);
    a.Alloc(100000, 1);
  }
  a.Reset();
  {
    const arena::ArenaScope scope(a);
  }
  a.Release();
  CHECK(a.Cap() == 0);
}
