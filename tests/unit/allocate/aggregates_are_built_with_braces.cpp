// SPDX-License-Identifier: Apache-2.0
//
// Aggregates are built with braces, everything else with parentheses.
#include <arena/arena.hpp>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

struct Point {
  int x;
  int y = 5;
};

struct Person {
  std::string name;
  std::unique_ptr<int> age;
  std::array<int, 3> scores = {};
};

struct Derived : Point {
  std::string label;
};

// Takes anything: braces with its own type inside would pick this member instead of a copy.
struct Anything {
  template <class T>
  Anything(const T&) {}
  Anything() = default;
  Anything(const Anything&) = default;
};
struct Holder {
  Anything held;
  int tag = 0;
};

struct Explicit {
  explicit Explicit(int n) : number(n) {}
  int number;
};

enum class Colour { kRed, kGreen };

}  // namespace

TEST_CASE("an aggregate is built from its members") {
  arena::MonotonicArena a;
  const Point* const both = arena::Allocate<Point>(a, 1, 2);
  CHECK((both->x == 1 && both->y == 2));
  const Point* const first = arena::Allocate<Point>(a, 3);
  CHECK((first->x == 3 && first->y == 5));
  const Point* const tried = arena::TryAllocate<Point>(a, 4, 6);
  CHECK((tried->x == 4 && tried->y == 6));
  const auto* const array = arena::Allocate<std::array<int, 3>>(a, 7, 8, 9);
  CHECK((*array == std::array<int, 3>{7, 8, 9}));
}

TEST_CASE("an aggregate takes members that only move") {
  arena::MonotonicArena a;
  const Person* const person = arena::Allocate<Person>(a, "Ada", std::make_unique<int>(36));
  CHECK(person->name == "Ada");
  CHECK(*person->age == 36);
  CHECK((person->scores == std::array<int, 3>{}));
}

TEST_CASE("an aggregate is copied and moved from one of its own type") {
  arena::MonotonicArena a;
  const Point point{1, 2};
  CHECK(arena::Allocate<Point>(a, point)->y == 2);
  CHECK(arena::Allocate<Point>(a, Derived{{3, 4}, "from a derived one"})->y == 4);
  Person person{"Ada", std::make_unique<int>(36), {}};
  CHECK(*arena::Allocate<Person>(a, std::move(person))->age == 36);
  Holder holder;
  holder.tag = 9;
  CHECK(arena::Allocate<Holder>(a, holder)->tag == 9);
}

TEST_CASE("an aggregate with a base is built from the base first") {
  arena::MonotonicArena a;
  const Derived* const derived = arena::Allocate<Derived>(a, Point{1, 2}, "label");
  CHECK((derived->x == 1 && derived->label == "label"));
}

TEST_CASE("a class with constructors is built with parentheses") {
  arena::MonotonicArena a;
  CHECK(*arena::Allocate<std::vector<int>>(a, std::size_t{3}, 1) == std::vector<int>{1, 1, 1});
  CHECK(*arena::Allocate<std::string>(a, std::size_t{3}, 'x') == "xxx");
  CHECK(arena::Allocate<Explicit>(a, 4)->number == 4);
  CHECK(arena::Allocate<std::vector<int>>(a)->empty());
}

TEST_CASE("scalars, pointers and enumerations are built from a value") {
  arena::MonotonicArena a;
  int target = 0;
  CHECK(*arena::Allocate<int>(a, 3) == 3);
  CHECK(*arena::Allocate<int*>(a, &target) == &target);
  CHECK(*arena::Allocate<Colour>(a, Colour::kGreen) == Colour::kGreen);
  CHECK(*arena::Allocate<const char*>(a, "text") == std::string("text"));
}
