// SPDX-License-Identifier: Apache-2.0
//
// Forced: while one thread is inside a cleanup of the shared arena, another does everything else
// with it, and the thread inside holds no lock that this needs.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena_test::Gate;
using arena_test::ScriptedMutex;

TEST_CASE("another thread uses every operation while a cleanup runs", "[threads]") {
  const bool release = GENERATE(false, true);
  arena_test::CheckingResource upstream;
  arena_test::LifetimeLog log;
  arena::MonotonicArena base({.min_buffer_size = 512, .upstream = &upstream});
  arena::BasicConcurrentArena<ScriptedMutex> a(base);
  Gate gate;
  int held = -1;
  arena::Allocate<arena_test::Tracked>(a, 1);
  arena::Defer(a, [&] {
    held = ScriptedMutex::held;
    gate.Pass();
  });
  arena::Allocate<arena_test::Tracked>(a, 2);
  std::thread resets([&] { release ? a.Release() : a.Reset(); });
  REQUIRE(gate.WaitUntilReached());
  CHECK(log.Deaths() == std::vector<int>{2});

  // Each of these would wait for the cleanup that waits for them.
  arena_test::Signal done;
  bool intact = false;
  std::thread other([&] {
    void* const block = a.Alloc(2000, 1);  // a new buffer
    arena_test::Fill(block, 2000, 7);
    const bool resized = a.TryResize(a.Alloc(10, 1), 10, 20);
    arena::Allocate<arena_test::Tracked>(a, 3);
    arena::Defer(a, [&log] { log.Note(4); });
    intact = resized == arena_test::kPlaces && a.Len() >= 2010 && a.Cap() >= a.Len() &&
             a.Peak() >= a.Len() && arena_test::StillHolds(block, 2000, 7);
    done.Set();
  });
  CHECK(done.Wait());
  other.join();
  CHECK(intact);
  gate.Open();
  resets.join();
  CHECK(gate.WasPassed());
  // One mutex is held, which excludes other Resets, and not the one for everything else.
  CHECK(held == 1);
  // What was registered meanwhile ran as well, newest first, and before what was older.
  CHECK(log.Deaths() == std::vector<int>{2, 4, 3, 1});
  CHECK(log.Check().empty());
  CHECK(a.Len() == 0);
  CHECK((a.Cap() == 0) == release);
  a.Release();
  CHECK(upstream.Check().empty());
}
