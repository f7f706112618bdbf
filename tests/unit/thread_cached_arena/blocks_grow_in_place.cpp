// SPDX-License-Identifier: Apache-2.0
//
// A thread's own last block is resized in place, in its window and beside it; slices that threads hand
// to each other stay intact.
#include <arena/arena.hpp>
#include <cstddef>
#include <thread>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("the last block of the window grows, shrinks and goes", "[places]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  void* const block = a.Alloc(100, 8);
  CHECK(a.TryResize(block, 100, 200));
  CHECK(a.Len() == 200);
  CHECK(a.TryResize(block, 200, 50));
  CHECK(a.Len() == 50);
  CHECK_FALSE(a.TryResize(block, 50, 100000));
  CHECK_FALSE(a.TryResize(block, 49, 10));
  CHECK(a.TryResize(block, 50, 0));
  CHECK(a.Len() == 0);
  void* const older = a.Alloc(8, 8);
  a.Alloc(8, 8);
  CHECK_FALSE(a.TryResize(older, 8, 16));
}

TEST_CASE("the last large block grows while it is the base's last", "[places]") {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  ThreadCachedArena a(base);
  a.Alloc(8, 8);
  void* const block = a.Alloc(100000, 8);
  CHECK(a.TryResize(block, 100000, 200000));
  CHECK(a.Len() == 200008);
  a.Alloc(8, 8);  // in the window
  CHECK(a.TryResize(block, 200000, 150000));
  CHECK(a.Len() == 150016);
  CHECK(a.Peak() == 200016);
  void* const later = a.Alloc(100000, 8);
  CHECK_FALSE(a.TryResize(block, 150000, 160000));
  CHECK_FALSE(a.TryResize(block, 150000, 0));
  CHECK(a.TryResize(later, 100000, 0));
  CHECK_FALSE(a.TryResize(later, 100000, 50000));
}

TEST_CASE("a slice grows through the arena without a copy", "[places]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base, {.first_window = 32 * 1024});
  for (int i = 0; i < 20; ++i) a.Alloc(64);  // behind the small block with the part
  auto slice = arena::AllocateSlice<int>(a, 1, 1);
  const int* const data = slice.data();
  for (int i = 1; i < 1000; ++i) slice = arena::SliceAppend(a, slice, i);
  CHECK(slice.data() == data);
  CHECK(slice[999] == 999);
}

TEST_CASE("slices are handed from thread to thread", "[threads]") {
  LifetimeLog log;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  arena::Slice<Tracked> objects;
  arena::Slice<int> numbers;
  for (int t = 0; t < 8; ++t) {
    std::thread thread([&, t] {
      for (int i = 0; i < 25; ++i) {
        objects = arena::SliceAppend(a, objects, t * 25 + i);
        numbers = arena::SliceAppend(a, numbers, t * 25 + i);
      }
    });
    // Another thread that lives meanwhile, so that parts are not taken over only.
    a.Alloc(16);
    thread.join();
    objects = arena::SliceAppend(a, objects, -1);
    objects = objects.Subslice(0, objects.size() - 1);
  }
  for (int i = 0; i < 200; ++i) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(objects[at].Id() == i);
    REQUIRE(numbers[at] == i);
  }
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an object that throws leaves no record") {
  LifetimeLog log;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  for (int i = 0; i < 10; ++i) arena::Allocate<Tracked>(a, i);
  log.ThrowAt(1);
  CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 10), arena_test::ConstructionError);
  arena::Allocate<Tracked>(a, 11);
  CHECK(a.Len() == 11 * sizeof(Tracked));
  a.Reset();
  CHECK(log.Check() == "");
}
