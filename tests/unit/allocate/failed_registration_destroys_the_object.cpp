// SPDX-License-Identifier: Apache-2.0
//
// There is memory for the object but none for its record.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// An arena with room for one Tracked and for no record.
struct NoRoomForRecords {
  CheckingResource upstream;
  arena::MonotonicArena a{
      {.min_buffer_size = 64, .max_buffer_size = 64, .limit = 64, .upstream = &upstream}};
  NoRoomForRecords() { a.Alloc(40, 8); }
};

struct StatefulDeleter {
  explicit StatefulDeleter(int* count) : deleted(count) {}
  void operator()(Tracked* object) const {
    ++*deleted;
    delete object;
  }
  int* deleted;
};

}  // namespace

TEST_CASE("Allocate destroys an object that cannot be registered and throws") {
  LifetimeLog log;
  NoRoomForRecords test;
  CHECK_THROWS_AS(arena::Allocate<Tracked>(test.a, 1), std::bad_alloc);
  CHECK(log.Constructions() == 1);
  CHECK(log.Check() == "");
  CHECK(test.a.Len() == 40);
  CHECK(test.a.Cap() == 64);
  CHECK(*arena::Allocate<int>(test.a, 3) == 3);  // room enough without a record
}

TEST_CASE("TryAllocate destroys an object that cannot be registered and returns null") {
  LifetimeLog log;
  NoRoomForRecords test;
  CHECK(arena::TryAllocate<Tracked>(test.a, 1) == nullptr);
  CHECK(log.Constructions() == 1);
  CHECK(log.Check() == "");
  CHECK(test.a.Len() == 40);
}

TEST_CASE("AllocateForOverwrite destroys an object that cannot be registered") {
  LifetimeLog log;
  NoRoomForRecords test;
  CHECK_THROWS_AS(arena::AllocateForOverwrite<Tracked>(test.a), std::bad_alloc);
  CHECK(log.Check() == "");
  CHECK(test.a.Len() == 40);
}

TEST_CASE("Own deletes an object that cannot be registered") {
  LifetimeLog log;
  NoRoomForRecords test;
  std::size_t len = test.a.Len();
  SECTION("with the default deleter") {
    CHECK_THROWS_AS(arena::Own(test.a, std::make_unique<Tracked>(1)), std::bad_alloc);
  }
  SECTION("an array") {
    CHECK_THROWS_AS(arena::Own(test.a, std::make_unique<Tracked[]>(3)), std::bad_alloc);
  }
  SECTION("with a deleter that has a state and finds room") {
    int deleted = 0;
    std::unique_ptr<Tracked, StatefulDeleter> object(new Tracked(1), StatefulDeleter(&deleted));
    CHECK_THROWS_AS(arena::Own(test.a, std::move(object)), std::bad_alloc);
    CHECK(deleted == 1);
  }
  SECTION("with a deleter that finds no room") {
    test.a.Alloc(20, 1);
    len += 20;
    int deleted = 0;
    std::unique_ptr<Tracked, StatefulDeleter> object(new Tracked(1), StatefulDeleter(&deleted));
    CHECK_THROWS_AS(arena::Own(test.a, std::move(object)), std::bad_alloc);
    CHECK(deleted == 1);
  }
  CHECK(log.Constructions() > 0);
  CHECK(log.Check() == "");
  CHECK(test.a.Len() == len);
  CHECK(test.a.Stats().records == 0);
}

TEST_CASE("Defer does not call what cannot be registered, and destroys it") {
  LifetimeLog log;
  NoRoomForRecords test;
  bool called = false;
  CHECK_THROWS_AS(arena::Defer(test.a, [&called, state = Tracked(1)] { called = state.Id() == 1; }),
                  std::bad_alloc);
  CHECK_FALSE(called);
  CHECK(log.Check() == "");
  CHECK(test.a.Len() == 40);
  test.a.Reset();
  CHECK_FALSE(called);
}

TEST_CASE("a slice whose record finds no memory constructs nothing") {
  LifetimeLog log;
  CheckingResource upstream;
  // Room for the slice, but not for a link and a record behind it.
  constexpr std::size_t kRoom = 32;
  arena::MonotonicArena a(
      {.min_buffer_size = kRoom, .max_buffer_size = kRoom, .limit = kRoom, .upstream = &upstream});
  CHECK_THROWS_AS(arena::AllocateSlice<Tracked>(a, 2), std::bad_alloc);
  CHECK_THROWS_AS(arena::SliceAppend(a, arena::Slice<Tracked>(), 1), std::bad_alloc);
  CHECK(log.Check() == "");
  CHECK(a.Len() == 0);
}

TEST_CASE("the record brings a new buffer when the window has no room for it") {
  LifetimeLog log;
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 64, .max_buffer_size = 64, .upstream = &upstream});
  a.Alloc(56, 8);
  const Tracked* const object = arena::Allocate<Tracked>(a, 1);
  CHECK(a.Len() == 56 + sizeof(Tracked));
  CHECK(a.Cap() == 128);
  CHECK(object->Id() == 1);
  SECTION("and it cannot be had") {
    a.Reset();
    a.Release();
    a.Alloc(56, 8);
    const std::size_t cap = a.Cap();
    upstream.FailFrom(1);
    CHECK(arena::TryAllocate<Tracked>(a, 1) == nullptr);
    CHECK(a.Len() == 56);
    CHECK(a.Cap() == cap);
  }
  a.Reset();
  CHECK(log.Check() == "");
}
