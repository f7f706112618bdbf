// SPDX-License-Identifier: Apache-2.0
//
// Defer: any callable, called once with the cleanups, then destroyed.
#include <arena/arena.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Defer;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

int calls_of_function = 0;
void Function() { ++calls_of_function; }

struct alignas(64) OverAlignedCallable {
  explicit OverAlignedCallable(bool* a) : aligned(a) {}
  // Not trivial: gcc has a note about every over-aligned argument that is passed in registers.
  OverAlignedCallable(const OverAlignedCallable& other) : aligned(other.aligned) {}
  bool* aligned;
  void operator()() const { *aligned = reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};

struct OnlyMutable {
  int* calls;
  int operator()() { return ++*calls; }  // a result that nobody wants
};

}  // namespace

TEST_CASE("a deferred call runs once, at the next Reset") {
  arena::MonotonicArena a;
  int calls = 0;
  Defer(a, [&calls] { ++calls; });
  CHECK(calls == 0);
  a.Reset();
  CHECK(calls == 1);
  a.Reset();
  a.Release();
  CHECK(calls == 1);
}

TEST_CASE("deferred calls run last first") {
  std::vector<int> order;
  {
    arena::MonotonicArena a;
    for (int i = 0; i < 5; ++i) Defer(a, [&order, i] { order.push_back(i); });
  }
  CHECK(order == std::vector<int>{4, 3, 2, 1, 0});
}

TEST_CASE("every kind of callable can be deferred") {
  arena::MonotonicArena a;
  SECTION("a function") {
    calls_of_function = 0;
    Defer(a, Function);
    Defer(a, &Function);
    a.Reset();
    CHECK(calls_of_function == 2);
  }
  SECTION("one that only moves") {
    int seen = 0;
    Defer(a, [&seen, owned = std::make_unique<int>(7)] { seen = *owned; });
    a.Reset();
    CHECK(seen == 7);
  }
  SECTION("one that only runs when it is not const, and returns something") {
    int calls = 0;
    Defer(a, OnlyMutable{&calls});
    a.Reset();
    CHECK(calls == 1);
  }
  SECTION("a std::function, a reference wrapper, an lvalue") {
    int calls = 0;
    const auto lambda = [&calls] { ++calls; };
    Defer(a, std::function<void()>(lambda));
    Defer(a, std::ref(lambda));
    Defer(a, lambda);
    a.Reset();
    CHECK(calls == 3);
  }
  SECTION("an over-aligned one") {
    bool aligned = false;
    a.Alloc(1, 1);
    Defer(a, OverAlignedCallable(&aligned));
    a.Reset();
    CHECK(aligned);
  }
}

TEST_CASE("a callable is destroyed after its call") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Defer(a, [&log, state = Tracked(2)] { log.Note(1 + 0 * state.Id()); });
  log.ForgetOrder();
  CHECK(log.Live() == 1);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{1, 2});
  CHECK(log.Check() == "");
}

TEST_CASE("a call deferred in a scope runs at its end") {
  arena::MonotonicArena a;
  std::vector<int> order;
  Defer(a, [&order] { order.push_back(0); });
  {
    const arena::ArenaScope scope(a);
    Defer(a, [&order] { order.push_back(1); });
    CHECK(order.empty());
  }
  CHECK(order == std::vector<int>{1});
  a.Reset();
  CHECK(order == std::vector<int>{1, 0});
}
