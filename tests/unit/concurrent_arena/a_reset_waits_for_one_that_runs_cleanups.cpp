// SPDX-License-Identifier: Apache-2.0
//
// Forced: a second Reset or Release comes while the first is inside a cleanup. It waits, and the
// memory that the cleanup uses stays.
#include <arena/arena.hpp>
#include <thread>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/raw_memory.hpp"

using arena_test::Gate;
using arena_test::MutexScript;
using arena_test::ScriptedMutex;
using arena_test::Signal;

TEST_CASE("a Reset or Release waits for one whose cleanup still runs", "[threads]") {
  const bool first_releases = GENERATE(false, true);
  const bool second_releases = GENERATE(false, true);
  arena_test::CheckingResource upstream;
  arena::MonotonicArena base({.upstream = &upstream});
  arena::BasicConcurrentArena<ScriptedMutex> a(base);
  Gate gate;
  Signal arrived;
  Signal second_ended;
  bool intact = false;
  bool second_ended_early = true;
  void* const block = a.Alloc(1000, 1);
  arena_test::Fill(block, 1000, 3);
  arena::Defer(a, [&] {
    gate.Pass();
    second_ended_early = second_ended.IsSet();
    // Of a buffer that was given back, the upstream or a sanitizer would know.
    intact =
        a.Len() >= 1000 && upstream.LiveBlocks() == 1 && arena_test::StillHolds(block, 1000, 3);
  });
  std::thread first([&] { first_releases ? a.Release() : a.Reset(); });
  REQUIRE(gate.WaitUntilReached());
  std::thread second([&] {
    MutexScript script;
    script.blocked = [&arrived] { arrived.Set(); };
    ScriptedMutex::script = &script;
    second_releases ? a.Release() : a.Reset();
    ScriptedMutex::script = nullptr;
    second_ended.Set();
    arrived.Set();
  });
  CHECK(arrived.Wait());  // before the mutex, or wrongly at its end
  gate.Open();
  first.join();
  second.join();
  CHECK(gate.WasPassed());
  CHECK_FALSE(second_ended_early);
  CHECK(intact);
  CHECK(a.Len() == 0);
  CHECK((a.Cap() == 0) == (first_releases || second_releases));
  a.Release();
  CHECK(upstream.Check().empty());
}
