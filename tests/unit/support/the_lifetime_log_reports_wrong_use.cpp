// SPDX-License-Identifier: Apache-2.0
//
// The tracked types notice what they are there to notice.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using namespace arena_test;

namespace {

// The compiler must not see through what these tests do wrong on purpose.
Tracked* HideTracked(void* storage) {
  asm volatile("" : "+r"(storage) : : "memory");
  return static_cast<Tracked*>(storage);
}

}  // namespace

TEST_CASE("a lifetime log counts and orders", "[support]") {
  LifetimeLog log;
  {
    Tracked one(1);
    Tracked two(one);
    Tracked three(std::move(one));
    two = three;
    CHECK(one.Id() == kMovedFrom);
    CHECK(log.Live() == 3);
  }
  CHECK(log.Constructions() == 3);
  CHECK(log.Copies() == 1);
  CHECK(log.Moves() == 1);
  CHECK(log.Assignments() == 1);
  CHECK(log.Destructions() == 3);
  CHECK(log.Births() == std::vector<int>{1, 1, 1});
  CHECK(log.Deaths() == std::vector<int>{1, 1, kMovedFrom});
  CHECK(log.Check() == "");
}

TEST_CASE("a lifetime log makes the n-th construction throw", "[support]") {
  LifetimeLog log;
  log.ThrowAt(2);
  Tracked first(1);
  CHECK_THROWS_AS(Tracked(first), ConstructionError);
  CHECK_NOTHROW(Tracked(first));
  log.ThrowAt(1);
  CHECK_NOTHROW(Tracked(std::move(first)));  // noexcept: not counted
  CHECK_THROWS_AS(ThrowingMove(2), ConstructionError);
}

TEST_CASE("a throwing move throws and leaves its source alone", "[support]") {
  LifetimeLog log;
  ThrowingMove first(1);
  log.ThrowAt(1);
  CHECK_THROWS_AS(ThrowingMove(std::move(first)), ConstructionError);
  CHECK(first.Id() == 1);
  CHECK(log.Live() == 1);
}

TEST_CASE("the innermost lifetime log is the one that listens", "[support]") {
  LifetimeLog outer;
  Tracked first(1);
  {
    LifetimeLog inner;
    Tracked second(2);
    CHECK(inner.Live() == 1);
  }
  CHECK(outer.Constructions() == 1);
}

TEST_CASE("a lifetime log reports wrong use", "[support]") {
  LifetimeLog log;
  alignas(Tracked) unsigned char storage[sizeof(Tracked)] = {};
  SECTION("an object that stays alive") {
    std::construct_at(HideTracked(storage), 1);
    CHECK(log.Check() == "1 objects are still alive; ");
  }
  SECTION("an object destroyed twice") {
    auto* object = std::construct_at(HideTracked(storage), 1);
    std::destroy_at(object);
    std::destroy_at(HideTracked(object));
    CHECK(log.Check().find("was destroyed while dead") != std::string::npos);
  }
  SECTION("an object over a live one") {
    std::construct_at(HideTracked(storage), 1);
    std::construct_at(HideTracked(storage), 2);
    CHECK(log.Errors() == "object 2 was constructed over a live one; ");
  }
  SECTION("an object that is read or assigned to while dead") {
    auto* object = std::construct_at(HideTracked(storage), 1);
    std::destroy_at(object);
    static_cast<void>(HideTracked(object)->Id());
    CHECK(log.Check() == "an object was read while dead; ");
  }
}
