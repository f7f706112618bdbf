// SPDX-License-Identifier: Apache-2.0
//
// While one thread is held up taking memory from the base, those that have room in their windows
// allocate, resize and register; one that needs memory waits. The order is forced.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>

#include "support/catch.hpp"
#include "support/interleaving.hpp"
#include "support/raw_memory.hpp"

using arena_test::Gate;
using arena_test::GatedResource;
using arena_test::MutexScript;
using arena_test::ScriptedMutex;
using arena_test::Signal;

namespace {

using Shared = arena::BasicThreadCachedArena<ScriptedMutex>;

}  // namespace

TEST_CASE("a thread with room in its window does not wait for one that takes memory", "[threads]") {
  GatedResource upstream;
  {
    arena::MonotonicArena base({.min_buffer_size = 4096, .upstream = &upstream});
    Shared a(base);
    void* const block = a.Alloc(16);
    Gate gate;
    upstream.before_allocate = &gate;
    const bool first_of_its_thread = GENERATE(true, false);
    std::thread taker([&] {
      if (!first_of_its_thread) a.Alloc(1);
      a.Alloc(100000);  // under the mutex, from upstream
    });
    REQUIRE(gate.WaitUntilReached());

    bool waits = false;
    MutexScript script;
    script.before_lock = [&] { waits = true; };
    ScriptedMutex::script = &script;
    int calls = 0;
    CHECK(a.TryResize(block, 16, 32) == arena_test::kPlaces);
    a.Alloc(64);
    arena::Defer(a, [&calls] { ++calls; });
    {
      const Shared::Local local(a);
      local->Alloc(64);
      arena::Defer(*local, [&calls] { ++calls; });
    }
    ScriptedMutex::script = nullptr;
    CHECK_FALSE(waits);

    Signal blocked;
    std::atomic<bool> went_on = false;
    std::thread waiter([&] {
      MutexScript waiting;
      waiting.blocked = [&] { blocked.Set(); };
      ScriptedMutex::script = &waiting;
      a.Alloc(100000);
      went_on = true;
      ScriptedMutex::script = nullptr;
    });
    CHECK(blocked.Wait());
    CHECK_FALSE(went_on);
    gate.Open();
    taker.join();
    waiter.join();
    CHECK(gate.WasPassed());
    CHECK(went_on);
    a.Reset();
    CHECK(calls == 2);
  }
  CHECK(upstream.Checked().Check() == "");
}

TEST_CASE("two threads that need their first window at once both get one", "[threads]") {
  GatedResource upstream;
  arena::MonotonicArena base(
      {.min_buffer_size = 512, .initial_buffer_count = 0, .upstream = &upstream});
  Shared a(base);
  Gate gate;
  upstream.before_allocate = &gate;
  void* first = nullptr;
  void* second = nullptr;
  std::thread one([&] { first = a.Alloc(64); });
  REQUIRE(gate.WaitUntilReached());
  Signal blocked;
  std::thread two([&] {
    MutexScript script;
    script.blocked = [&] { blocked.Set(); };
    ScriptedMutex::script = &script;
    second = a.Alloc(64);
    ScriptedMutex::script = nullptr;
  });
  CHECK(blocked.Wait());
  gate.Open();
  one.join();
  two.join();
  CHECK(first != nullptr);
  CHECK(second != nullptr);
  CHECK(first != second);
  CHECK(a.Len() == 128);
}

TEST_CASE("the base is entered under the mutex, and cleanups run without it") {
  // A base that looks whether the thread has the mutex.
  class Watching : public arena::ArenaDecorator {
   public:
    using ArenaDecorator::ArenaDecorator;
    bool only_locked = true;
    std::size_t Len() const noexcept override { return See(), ArenaDecorator::Len(); }
    std::size_t Cap() const noexcept override { return See(), ArenaDecorator::Cap(); }

   protected:
    void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
      return See(), ArenaDecorator::DoAlloc(size, alignment);
    }
    bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
      return See(), ArenaDecorator::DoTryResize(block, old_size, new_size);
    }
    bool DoAddCleanup(arena::Cleanup cleanup) noexcept override {
      return See(), ArenaDecorator::DoAddCleanup(cleanup);
    }
    bool DoTakeCleanup(arena::Cleanup* cleanup, const void* only) noexcept override {
      return See(), ArenaDecorator::DoTakeCleanup(cleanup, only);
    }
    void DoReset() noexcept override { See(), ArenaDecorator::DoReset(); }
    void DoRelease() noexcept override { See(), ArenaDecorator::DoRelease(); }

   private:
    void See() const noexcept {
      if (ScriptedMutex::held != 1) const_cast<Watching*>(this)->only_locked = false;
    }
  };
  arena::MonotonicArena memory;
  Watching base(memory);
  Shared a(base);
  bool without = true;
  base.only_locked = true;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i) {
      a.Alloc(100);
      arena::Defer(a, [&] { without = without && ScriptedMutex::held == 0; });
    }
    void* const large = a.Alloc(100000);
    static_cast<void>(a.TryResize(large, 100000, 50000));
    static_cast<void>(a.DropCleanup(&a));
    static_cast<void>(a.Len() + a.Cap() + a.Peak());
    round == 0 ? a.Reset() : a.Release();
  }
  CHECK(base.only_locked);
  CHECK(without);
}
