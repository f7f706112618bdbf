// SPDX-License-Identifier: Apache-2.0
//
// The order of destruction, and the occasions: Reset, Release, the end of the arena.
#include <arena/arena.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Allocate;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Registers others from inside its constructor.
struct Parent {
  explicit Parent(arena::Arena& a) : child(Allocate<Tracked>(a, 20)), own(10) {
    arena::Defer(a, [] { LifetimeNote(30); });
  }
  static void LifetimeNote(int id) { log->Note(id); }
  static inline LifetimeLog* log = nullptr;
  Tracked* child;
  Tracked own;
};

// Looks at an older object while it dies.
struct Observer {
  explicit Observer(const Tracked* o) : older(o) {}
  ~Observer() { seen = older->Id(); }
  const Tracked* older;
  static inline int seen = 0;
};

}  // namespace

TEST_CASE("Reset, Release and the end of the arena destroy the newest object first") {
  LifetimeLog log;
  std::optional<arena::MonotonicArena> a;
  a.emplace();
  for (int id = 1; id <= 4; ++id) Allocate<Tracked>(*a, id);
  SECTION("Reset") { a->Reset(); }
  SECTION("Release") { a->Release(); }
  SECTION("the end of the arena") { a.reset(); }
  CHECK(log.Deaths() == std::vector<int>{4, 3, 2, 1});
  CHECK(log.Check() == "");
}

TEST_CASE("objects, owned objects and deferred calls die in one order") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  arena::Own(a, std::make_unique<Tracked>(2));
  arena::Defer(a, [&log] { log.Note(3); });
  arena::AllocateSlice<Tracked>(a, 1)[0] = Tracked(4);
  Allocate<Tracked>(a, 5);
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{5, 4, 3, 2, 1});
}

TEST_CASE("an object dies before what its constructor registered") {
  LifetimeLog log;
  Parent::log = &log;
  arena::MonotonicArena a;
  Allocate<Parent>(a, a);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{10, 30, 20});
}

TEST_CASE("a destructor may look at older objects") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const Tracked* const older = Allocate<Tracked>(a, 42);
  Allocate<Observer>(a, older);
  a.Reset();
  CHECK(Observer::seen == 42);
  CHECK(log.Check() == "");
}

TEST_CASE("objects die once, and a second Reset has nothing to do") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  a.Reset();
  a.Reset();
  a.Release();
  CHECK(log.Destructions() == 1);
  Allocate<Tracked>(a, 2);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{1, 2});
}

TEST_CASE("the order holds across many buffers") {
  LifetimeLog log;
  arena::MonotonicArena a({.min_buffer_size = 128, .max_buffer_size = 128});
  std::vector<int> expected;
  for (int id = 0; id < 500; ++id) {
    Allocate<Tracked>(a, id);
    if (id % 7 == 0) a.Alloc(200, 1);
    expected.insert(expected.begin(), id);
  }
  CHECK(a.Stats().buffers > 50);
  a.Reset();
  CHECK(log.Deaths() == expected);
  CHECK(log.Check() == "");
}
