// SPDX-License-Identifier: Apache-2.0
//
// The end of a scope runs the cleanups registered since its start, newest first, and only those.
#include <arena/arena.hpp>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("what was made inside a scope dies at its end, what was made before lives on",
          "[scope]") {
  LifetimeLog log;
  {
    arena::MonotonicArena a;
    arena::Allocate<Tracked>(a, 1);
    arena::Allocate<Tracked>(a, 2);
    {
      const arena::ArenaScope scope(a);
      arena::Allocate<Tracked>(a, 3);
      arena::Defer(a, [&log] { log.Note(4); });
      arena::Own(a, std::make_unique<Tracked>(5));
      CHECK(log.Deaths().empty());
    }
    CHECK(log.Deaths() == std::vector<int>{5, 4, 3});
    arena::Allocate<Tracked>(a, 6);
    a.Reset();
    CHECK(log.Deaths() == std::vector<int>{5, 4, 3, 6, 2, 1});
  }
  CHECK(log.Check() == "");
}

TEST_CASE("cleanups that fill many buffers run in order at the end of the scope", "[scope]") {
  CheckingResource upstream;
  LifetimeLog log;
  {
    arena::MonotonicArena a({.min_buffer_size = 100, .upstream = &upstream});
    for (int i = 0; i < 30; ++i) arena::Allocate<Tracked>(a, i);
    for (int round = 0; round < 3; ++round) {
      log.ForgetOrder();
      {
        const arena::ArenaScope scope(a);
        for (int i = 0; i < 200; ++i) {
          arena::Allocate<Tracked>(a, i);
          if (i % 10 == 0) a.Alloc(500, 1);
        }
      }
      std::vector<int> expected(200);
      std::iota(expected.rbegin(), expected.rend(), 0);
      CHECK(log.Deaths() == expected);
      CHECK(log.Live() == 30);
      CHECK(FiguresAgree(a));
    }
  }
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("the scope's memory is still there while its cleanups run", "[scope]") {
  arena::MonotonicArena a({.min_buffer_size = 100});
  std::string seen;
  {
    const arena::ArenaScope scope(a);
    const char* text = arena::CopyString(a, "made inside").data();
    arena::Defer(a, [&seen, text] { seen = text; });
    a.Alloc(5000, 1);
  }
  CHECK(seen == "made inside");
}

TEST_CASE("a record alone is taken back by its scope", "[scope]") {
  arena::MonotonicArena a;
  LifetimeLog log;
  for (int i = 0; i < 5000; ++i) {  // the window would be full of records otherwise
    const arena::ArenaScope scope(a);
    arena::Own(a, std::make_unique<Tracked>(i));
  }
  CHECK(a.Stats().records == 0);
  CHECK(a.Cap() == 32768);
  CHECK(log.Check() == "");
}

TEST_CASE("records made before a scope still serve after it", "[scope]") {
  LifetimeLog log;
  {
    arena::MonotonicArena a({.min_buffer_size = 64});
    for (int round = 0; round < 50; ++round) {
      arena::Own(a, std::make_unique<Tracked>(2 * round));
      const arena::ArenaScope scope(a);
      arena::Own(a, std::make_unique<Tracked>(2 * round + 1));
    }
    CHECK(log.Live() == 50);
    CHECK(log.Destructions() == 50);
    log.ForgetOrder();
  }
  std::vector<int> expected;
  for (int round = 49; round >= 0; --round) expected.push_back(2 * round);
  CHECK(log.Deaths() == expected);
  CHECK(log.Check() == "");
}
