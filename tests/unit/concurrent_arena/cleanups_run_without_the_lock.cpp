// SPDX-License-Identifier: Apache-2.0
//
// Cleanups of a shared arena run without the mutex that allocation takes: they may use the arena,
// from any thread.
#include <arena/arena.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena::Defer;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a cleanup uses the shared arena", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  int calls = 0;
  {
    arena::MonotonicArena base({.min_buffer_size = 256, .upstream = &upstream});
    arena::ConcurrentArena a(base);
    for (int i = 0; i < 20; ++i) {
      arena::Allocate<Tracked>(a, i);
      Defer(a, [&] {
        ++calls;
        a.Alloc(100);
        arena::Allocate<Tracked>(a, 100);
        Defer(a, [&calls] { ++calls; });
        static_cast<void>(a.Len());
      });
    }
    SECTION("at Reset") { a.Reset(); }
    SECTION("at Release") {
      a.Release();
      CHECK(base.Cap() == 0);
    }
    CHECK(a.Len() == 0);
    CHECK(calls == 40);
    CHECK(log.Check() == "");
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("another thread allocates while a cleanup runs", "[threads]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  bool allocated = false;
  Defer(a, [&] {
    // Would never end if the mutex were held.
    std::thread other([&] { allocated = a.Alloc(8) != nullptr; });
    other.join();
  });
  a.Reset();
  CHECK(allocated);
  CHECK(a.Len() == 0);
}

TEST_CASE("two threads that reset do not disturb each other", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  std::atomic<int> calls = 0;
  arena::MonotonicArena base({.min_buffer_size = 512, .upstream = &upstream});
  arena::ConcurrentArena a(base);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 30; ++i) {
      arena::Allocate<Tracked>(a, i);
      Defer(a, [&] {
        ++calls;
        Defer(a, [&calls] { ++calls; });
      });
    }
    std::thread one([&] { a.Reset(); });
    std::thread two([&] { round % 2 == 0 ? a.Reset() : a.Release(); });
    one.join();
    two.join();
    CHECK(a.Len() == 0);
  }
  CHECK(calls == 20 * 30 * 2);
  CHECK(log.Check() == "");
  a.Release();
  CHECK(upstream.Check() == "");
}

TEST_CASE("no thread forgets memory while another runs a cleanup in it", "[threads]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  std::atomic<bool> inside = false;
  std::atomic<bool> second_done = false;
  bool intact = false;
  bool early = true;
  int* const number = arena::Allocate<int>(a, 42);
  Defer(a, [&] {
    inside = true;
    // Time enough for the other Reset to forget the number, if it could.
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    early = second_done;
    intact = *number == 42 && a.Len() > 0;
  });
  std::thread first([&] { a.Reset(); });
  while (!inside) std::this_thread::yield();
  std::thread second([&] {
    a.Reset();
    second_done = true;
  });
  first.join();
  second.join();
  CHECK(intact);
  CHECK_FALSE(early);
  CHECK(a.Len() == 0);
}

TEST_CASE("a cleanup that is registered during Reset is not lost", "[threads]") {
  LifetimeLog log;
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  std::atomic<bool> go = true;
  std::thread registrar([&] {
    while (go) {
      arena::Own(a, std::make_unique<Tracked>(1));  // registers, and uses no memory of the arena
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 200; ++i) {
    Defer(a, [] { std::this_thread::yield(); });
    a.Reset();
  }
  go = false;
  registrar.join();
  a.Reset();
  CHECK(log.Live() == 0);
  CHECK(log.Constructions() == log.Destructions());
}
