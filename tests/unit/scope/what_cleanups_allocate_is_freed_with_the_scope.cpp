// SPDX-License-Identifier: Apache-2.0
//
// What cleanups allocate and register on the way out of a scope goes with it.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <string>
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

TEST_CASE("memory that a cleanup allocates is freed by the same scope", "[scope]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 300, .upstream = &upstream});
  void* before = a.Alloc(100, 1);
  arena_test::Fill(before, 100, 1);
  int ran = 0;
  {
    const arena::ArenaScope scope(a);
    for (std::size_t i = 0; i < 20; ++i) {
      arena::Defer(a, [&a, &ran, i] {
        arena_test::Fill(a.Alloc(i * 100 + 1, 8), i * 100 + 1, i);
        ++ran;
      });
    }
  }
  CHECK(ran == 20);
  CHECK(a.Len() == 100);
  CHECK(a.Peak() >= 100 + 19 * 1901 / 2);  // Peak has seen it
  CHECK(arena_test::StillHolds(before, 100, 1));
  CHECK(arena_test::LiesAt(a.Alloc(1, 1), arena_test::At(before, 100)));
  CHECK(FiguresAgree(a));
}

TEST_CASE("objects that a cleanup makes die in the same scope", "[scope]") {
  CheckingResource upstream;
  LifetimeLog log;
  arena::MonotonicArena a({.min_buffer_size = 200, .upstream = &upstream});
  arena::Allocate<Tracked>(a, 0);
  {
    const arena::ArenaScope scope(a);
    arena::Allocate<Tracked>(a, 1);
    arena::Defer(a, [&a, &log] {
      log.Note(2);
      for (int i = 10; i < 40; ++i) arena::Allocate<Tracked>(a, i);
      arena::Defer(a, [&a, &log] {
        log.Note(3);
        arena::Allocate<Tracked>(a, 50);
      });
    });
    arena::Allocate<Tracked>(a, 4);
  }
  std::vector<int> expected = {4, 2, 3, 50};
  for (int i = 39; i >= 10; --i) expected.push_back(i);
  expected.push_back(1);
  CHECK(log.Deaths() == expected);
  CHECK(log.Live() == 1);
  CHECK(a.Stats().records <= 2 * 16);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a cleanup may open a scope of its own", "[scope]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  {
    const arena::ArenaScope scope(a);
    arena::Defer(a, [&a, &log] {
      const std::size_t len = a.Len();
      {
        const arena::ArenaScope inner(a);
        arena::Allocate<Tracked>(a, 1);
        a.Alloc(100000, 1);
      }
      log.Note(2);
      if (a.Len() != len) log.Note(3);
    });
  }
  CHECK(log.Deaths() == std::vector<int>{1, 2});
  CHECK(a.Len() == 0);
}

TEST_CASE("a container that dies in a cleanup gives its memory back to nobody", "[scope]") {
  arena::MonotonicArena a;
  a.Alloc(50, 1);
  {
    const arena::ArenaScope scope(a);
    auto* words = arena::Allocate<std::pmr::vector<std::pmr::string>>(a);
    for (int i = 0; i < 100; ++i) words->emplace_back("a word that is not short at all, really");
  }
  CHECK(a.Len() == 50);
  CHECK(FiguresAgree(a));
}

TEST_CASE("a cleanup may shrink the arena", "[scope]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 300, .upstream = &upstream});
    LifetimeLog log;
    a.Alloc(100, 1);
    {
      const arena::ArenaScope scope(a);
      for (int i = 0; i < 50; ++i) arena::Allocate<Tracked>(a, i);
      arena::Defer(a, [&a] { a.ShrinkTo(0); });
      a.Alloc(5000, 1);
      arena::Defer(a, [&a] { a.ShrinkTo(0); });
    }
    CHECK(log.Check() == "");
    CHECK(a.Len() == 100);
    a.ShrinkTo(0);
    CHECK(a.Cap() == 300);
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}
