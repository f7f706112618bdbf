// SPDX-License-Identifier: Apache-2.0
//
// Forced: a cleanup is registered at every point of a Reset at which another thread can get the
// mutex. None is lost between the look for cleanups and the forgetting of the memory.
#include <arena/arena.hpp>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena_test::MutexScript;
using arena_test::ScriptedMutex;
using arena_test::Tracked;

TEST_CASE("a cleanup that is registered at any point of a Reset runs, now or next time",
          "[threads]") {
  const bool release = GENERATE(false, true);
  const int before = GENERATE(0, 1, 3);  // cleanups that are there from the start
  const bool after_unlock = GENERATE(false, true);
  bool reached = true;
  int point = 0;
  for (; reached; ++point) {
    CAPTURE(point);
    arena_test::CheckingResource upstream;
    arena_test::LifetimeLog log;
    arena::MonotonicArena base({.min_buffer_size = 256, .upstream = &upstream});
    arena::BasicConcurrentArena<ScriptedMutex> a(base);
    for (int i = 0; i < before; ++i) arena::Own(a, std::make_unique<Tracked>(i));
    int now = 0;
    reached = false;
    const auto step = [&] {
      if (now++ != point) return;
      reached = true;
      // A thread of its own, which gets the mutex because this one does not have it.
      std::thread([&a] { arena::Own(a, std::make_unique<Tracked>(100)); }).join();
    };
    MutexScript script;
    (after_unlock ? script.after_unlock : script.before_lock) = step;
    ScriptedMutex::script = &script;
    release ? a.Release() : a.Reset();
    ScriptedMutex::script = nullptr;
    // The Reset was over when the last points came: what came then is still there.
    const bool was_late = reached && log.Live() == 1;
    CHECK(log.Deaths().size() == static_cast<std::size_t>(before + (reached && !was_late ? 1 : 0)));
    CHECK((was_late || a.Len() == 0));
    if (!after_unlock) CHECK_FALSE(was_late);
    a.Reset();
    CHECK(log.Live() == 0);
    CHECK(log.Check().empty());
    CHECK(base.Stats().records == 0);
    a.Release();
    CHECK(upstream.Check().empty());
  }
  // Every cleanup and the end are a critical section each, in that of the whole Reset.
  CHECK(point == before + 3);
}
