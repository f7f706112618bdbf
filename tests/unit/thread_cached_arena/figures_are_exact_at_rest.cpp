// SPDX-License-Identifier: Apache-2.0
//
// Len counts what was handed out, not windows, parts or records; Peak is the highest Len, also where
// memory is forgotten; Cap is the base's.
#include <arena/arena.hpp>
#include <cstddef>
#include <thread>

#include "support/catch.hpp"

using arena::ThreadCachedArena;

namespace {

template <class Body>
void InThread(Body body) {
  std::thread thread(body);
  thread.join();
}

void Nothing(void*) noexcept {}

}  // namespace

TEST_CASE("Len is the sum of what all threads were handed", "[threads]") {
  arena::MonotonicArena base;
  base.Alloc(1000, 1);
  ThreadCachedArena a(base);
  CHECK(a.Len() == 1000);
  CHECK(a.Peak() == 1000);
  std::size_t expected = 1000;
  for (int thread = 0; thread < 3; ++thread) {
    InThread([&a] {
      for (int i = 0; i < 5000; ++i) a.Alloc(24, 8);
    });
    expected += std::size_t{5000} * 24;
    CHECK(a.Len() == expected);
    CHECK(a.Peak() == expected);
  }
  CHECK(a.Cap() == base.Cap());
  CHECK(base.Len() > expected);
  a.Reset();
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == expected);
  CHECK(base.Len() == 0);
}

TEST_CASE("records and windows are not in Len, large blocks are") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  void* const first = a.Alloc(1, 1);
  for (int i = 0; i < 2000; ++i) REQUIRE(a.AddCleanup({&Nothing, first}));
  CHECK(a.Len() == 1);
  a.Alloc(1000000, 8);
  CHECK(a.Len() >= 1000001);
  CHECK(a.Len() <= 1000001 + 8);
}

TEST_CASE("Peak keeps the height of what was given back") {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  ThreadCachedArena a(base);
  SECTION("in a window") {
    void* const block = a.Alloc(400, 16);
    REQUIRE(a.TryResize(block, 400, 0));
    CHECK(a.Len() == 0);
    CHECK(a.Peak() == 400);
    void* const lower = a.Alloc(100, 16);
    REQUIRE(a.TryResize(lower, 100, 50));
    CHECK(a.Peak() == 400);
    a.Reset();
    CHECK(a.Peak() == 400);
  }
  SECTION("beside the window") {
    void* const block = a.Alloc(100000, 16);
    const std::size_t height = a.Len();
    REQUIRE(height >= 100000);
    REQUIRE(a.TryResize(block, 100000, 50000));
    CHECK(a.Len() == height - 50000);
    CHECK(a.Peak() == height);
  }
  SECTION("before a block beside the window is taken") {
    a.Alloc(8, 8);
    void* const block = a.Alloc(600, 8);
    REQUIRE(a.TryResize(block, 600, 0));
    a.Alloc(100000, 8);
    CHECK(a.Len() <= 100008 + 16);
    CHECK(a.Peak() == a.Len());
  }
  SECTION("before the window moves") {
    void* const block = a.Alloc(600, 8);
    REQUIRE(a.TryResize(block, 600, 0));
    std::size_t len = 0;
    while (len < 5000) {
      a.Alloc(24, 8);
      len += 24;
      REQUIRE(a.Len() == len);
      REQUIRE(a.Peak() == (len < 600 ? 600 : len));
    }
  }
}

TEST_CASE("Peak has what a cleanup allocated and gave back") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  a.Alloc(8, 8);
  std::size_t len = 0;
  arena::Defer(a, [&] {
    void* const block = a.Alloc(400, 8);
    len = a.Len();
    CHECK(a.TryResize(block, 400, 0));
  });
  SECTION("at a Reset of the arena") { a.Reset(); }
  SECTION("at a Reset of the base") { base.Reset(); }
  CHECK(len >= 408);
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == len);
}

TEST_CASE("Peak is not below Len when the base forgot by itself and is used directly") {
  arena::MonotonicArena base;
  base.Alloc(500, 1);
  ThreadCachedArena a(base);
  {
    const arena::ArenaScope scope(base);
    a.Alloc(10, 1);
  }
  CHECK(a.Peak() == 510);
  base.Alloc(100, 1);
  CHECK(a.Len() == 600);
  CHECK(a.Peak() == 600);
}

TEST_CASE("Peak is not raised by windows while the base forgets them", "[threads]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  std::size_t peak_meanwhile = 0;
  std::size_t peak_after_parts = 0;  // when they have ended, and the base still has their windows
  arena::Defer(base, [&] { peak_after_parts = a.Peak(); });
  for (int i = 0; i < 3; ++i) {
    InThread([&] {
      a.Alloc(100, 4);
      arena::Defer(a, [&] { peak_meanwhile = a.Peak(); });
    });
  }
  const std::size_t len = a.Len();
  REQUIRE(len >= 300);
  REQUIRE(len < 400);
  SECTION("when the arena is reset") {
    a.Reset();
    CHECK(peak_meanwhile == len);
  }
  SECTION("when the arena is reset, and cleanups allocate") {
    arena::Defer(a, [&] { a.Alloc(2000, 1); });
    const std::size_t before = a.Len();
    a.Reset();
    CHECK(a.Peak() == before + 2000);
    CHECK(a.Len() == 0);
    return;
  }
  SECTION("when the base is reset") {
    base.Reset();
    CHECK(peak_meanwhile == len);
  }
  SECTION("when a decorator of the arena is reset") {
    arena::ConcurrentArena over(a);
    over.Reset();
    CHECK(peak_meanwhile == len);
  }
  CHECK(peak_after_parts == len);
  CHECK(a.Peak() == len);
  CHECK(a.Len() == 0);
  a.Alloc(2 * len, 1);
  CHECK(a.Len() == 2 * len);
  CHECK(a.Peak() == 2 * len);
}

TEST_CASE("Peak survives a Reset of the base when there was no memory for a part") {
  alignas(16) std::byte storage[128];
  arena::MonotonicArena base(
      {.min_buffer_size = 0, .limit = sizeof(storage), .initial_buffer = storage});
  ThreadCachedArena a(base);
  a.Alloc(100, 1);
  REQUIRE(a.Len() == 100);
  base.Reset();
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == 100);
}

TEST_CASE("the figures through a Local are those of the arena, its own bytes included") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  a.Alloc(10, 1);
  {
    const ThreadCachedArena::Local local(a);
    local->Alloc(20, 1);
    CHECK(local->Len() == 30);
    CHECK(local->Peak() == 30);
    CHECK(local->Cap() == base.Cap());
    local->Alloc(40, 1);
  }
  CHECK(a.Len() == 70);
  CHECK(a.Peak() == 70);
}

TEST_CASE("Peak of several threads that give back is never too low", "[threads]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  void* const mine = a.Alloc(300, 4);
  InThread([&a] {
    void* const block = a.Alloc(200, 4);
    CHECK(a.TryResize(block, 200, 0));
  });
  REQUIRE(a.TryResize(mine, 300, 0));
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == 500);
  a.Reset();
  CHECK(a.Peak() == 500);
}
