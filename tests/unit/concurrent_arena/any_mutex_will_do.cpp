// SPDX-License-Identifier: Apache-2.0
//
// BasicConcurrentArena with another lockable, and what the decorator owns: nothing.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Basic lockable and no more.
class SpinLock {
 public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    ++locks;
  }
  void unlock() { flag_.clear(std::memory_order_release); }
  static inline std::atomic<int> locks = 0;

 private:
  std::atomic_flag flag_;
};

struct NoLock {
  void lock() {}
  void unlock() {}
};

}  // namespace

TEST_CASE("any lockable will do", "[threads]") {
  LifetimeLog log;
  SpinLock::locks = 0;
  arena::MonotonicArena base;
  arena::BasicConcurrentArena<SpinLock> a(base);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&a] {
      for (int i = 0; i < 100; ++i) arena::Allocate<Tracked>(a, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(log.Live() == 400);
  CHECK(a.Len() == 400 * sizeof(Tracked));
  CHECK(SpinLock::locks >= 800);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a lock that does nothing, and a shared mutex") {
  LifetimeLog log;
  arena::MonotonicArena base;
  arena::BasicConcurrentArena<NoLock> one(base);
  arena::BasicConcurrentArena<std::shared_mutex> two(base);
  arena::Allocate<Tracked>(one, 1);
  arena::Allocate<Tracked>(two, 2);
  two.Reset();
  CHECK(log.Deaths() == std::vector<int>{2, 1});
}

TEST_CASE("the end of a ConcurrentArena touches nothing") {
  STATIC_REQUIRE(std::is_same_v<arena::ConcurrentArena, arena::BasicConcurrentArena<std::mutex>>);
  STATIC_REQUIRE(std::is_base_of_v<arena::Arena, arena::ConcurrentArena>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::ConcurrentArena>);
  LifetimeLog log;
  std::optional<arena::MonotonicArena> base;
  base.emplace();
  {
    arena::ConcurrentArena a(*base);
    arena::Allocate<Tracked>(a, 1);
    CHECK(base->Len() == sizeof(Tracked));
  }
  CHECK(log.Live() == 1);
  CHECK(base->Len() == sizeof(Tracked));
  base.reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a ConcurrentArena has the figures of its base and works on any arena") {
  LifetimeLog log;
  arena_test::WindowArena<1024> base;
  arena::ConcurrentArena a(base);
  arena::Allocate<Tracked>(a, 1);
  auto slice = arena::AllocateSlice<int>(a, 0, 4);
  const int* const data = slice.data();
  for (int i = 0; i < 50; ++i) slice = arena::SliceAppend(a, slice, i);
  CHECK((ARENA_HEAP || slice.data() == data));  // in place
  CHECK(a.Len() == base.Len());
  CHECK(a.Cap() == 1024);
  CHECK(a.TryAlloc(2000) == nullptr);
  a.Reset();
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == base.Peak());
  CHECK(log.Check() == "");
}
