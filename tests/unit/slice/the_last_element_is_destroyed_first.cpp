// SPDX-License-Identifier: Apache-2.0
//
// The order of destruction inside a slice, and of what its elements registered.
#include <arena/arena.hpp>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Its constructor defers a call in the arena.
struct Registrar {
  Registrar() : Registrar(0) {}
  explicit Registrar(int id) : tracked(id) {
    arena::Defer(*a, [id] { log->Note(1000 + id); });
  }
  Registrar(const Registrar& other) : Registrar(other.tracked.Id()) {}
  Registrar& operator=(const Registrar&) = default;
  static inline arena::Arena* a = nullptr;
  static inline LifetimeLog* log = nullptr;
  Tracked tracked;
};

}  // namespace

TEST_CASE("elements die last first", "[places]") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Slice<Tracked> slice;
  SECTION("grown in place") {
    for (int id = 1; id <= 5; ++id) slice = SliceAppend(a, slice, id);
  }
  SECTION("allocated") {
    slice = arena::AllocateSlice<Tracked>(a, 5);
    for (int id = 1; id <= 5; ++id) slice[static_cast<std::size_t>(id - 1)] = Tracked(id);
  }
  SECTION("appended at once") { slice = SliceAppend(a, slice, 1, 2, 3, 4, 5); }
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{5, 4, 3, 2, 1});
}

TEST_CASE("the newest storage dies first, each storage last element first") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2);
  a.Alloc(1, 1);
  auto grown = SliceAppend(a, slice, 3);
  grown[0] = Tracked(11);
  grown[1] = Tracked(12);
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{3, 12, 11, 2, 1});
  CHECK(log.Check() == "");
}

TEST_CASE("each storage of a slice dies at the place where it was made") {
  LifetimeLog log;
  arena::MonotonicArena a;
  arena::Allocate<Tracked>(a, 1);
  auto slice = SliceAppend(a, Slice<Tracked>(), 2);
  arena::Allocate<Tracked>(a, 3);
  slice = SliceAppend(a, std::move(slice), 4);
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{4, 2, 3, arena_test::kMovedFrom, 1});
}

TEST_CASE("what an element registers dies before the elements") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Registrar::a = &a;
  Registrar::log = &log;
  SECTION("allocated with the slice") {
    auto slice = arena::AllocateSlice<Registrar>(a, 2);
    CHECK(slice.size() == 2);
    a.Reset();
    CHECK(log.Deaths() == std::vector<int>{1000, 1000, 0, 0});
  }
  SECTION("appended later") {
    auto slice = arena::AllocateSlice<Registrar>(a, 0, 2);
    const Registrar one(1);
    slice = SliceAppend(a, slice, one);
    a.Reset();
    CHECK(log.Deaths() == std::vector<int>{1001, 1001, 1});
  }
}
