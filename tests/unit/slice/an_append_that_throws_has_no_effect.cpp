// SPDX-License-Identifier: Apache-2.0
//
// Constructions that throw, at every n: strong guarantee when an append constructs or grows, basic
// when it assigns, and never an element that leaks or dies twice.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena::SliceAppendRange;
using arena_test::ConstructionError;
using arena_test::LifetimeLog;
using arena_test::ThrowingMove;
using arena_test::Tracked;

namespace {

// Trivially copyable and destructible.
struct Picky {
  Picky() {
    if (--left == 0) throw ConstructionError();
  }
  int number = 0;
  static inline int left = 0;
};

// An input range that throws when it comes to 7.
struct Source {
  struct Iterator {
    using iterator_concept = std::input_iterator_tag;
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    int* position;
    int operator*() const {
      if (*position == 7) throw ConstructionError();
      return *position;
    }
    Iterator& operator++() { return ++*position, *this; }
    void operator++(int) { ++*position; }
    bool operator==(std::default_sentinel_t) const { return false; }
  };
  int* position;
  Iterator begin() const { return {position}; }
  std::default_sentinel_t end() const { return {}; }
};

template <class T>
std::vector<int> IdsOf(const Slice<T>& slice) {
  std::vector<int> ids;
  for (const T& element : slice) ids.push_back(element.Id());
  return ids;
}

// Runs `operation` again and again on fresh arenas, with the n-th construction throwing, until it
// succeeds; after each failure calls `check`.
template <class Prepare, class Operation, class Check>
void ThrowAtEveryConstruction(Prepare prepare, Operation operation, Check check) {
  std::size_t failures = 0;
  for (std::size_t n = 1;; ++n) {
    REQUIRE(n < 100);
    CAPTURE(n);
    LifetimeLog log;
    {
      arena::MonotonicArena a;
      auto slice = prepare(a);
      const std::size_t live = log.Live();
      const std::size_t records = a.Stats().records;
      const std::size_t len = a.Len();
      bool failed = false;
      log.ThrowAt(n);
      try {
        operation(a, slice);
      } catch (const ConstructionError&) {
        failed = true;
      }
      log.ThrowNever();
      if (failed) {
        ++failures;
        CHECK(a.Len() == len);
        CHECK(a.Stats().records <= records + 16);
        CHECK(log.Live() == live);
        check(slice);
        // All is as if nothing had happened.
        const auto again = SliceAppend(a, slice, 100);
        CHECK(again.back().Id() == 100);
      }
      a.Reset();
      CHECK(log.Check() == "");
      if (!failed) break;
    }
  }
  CHECK(failures > 0);
}

template <class T>
Slice<T> Three(arena::Arena& a) {
  return SliceAppend(a, Slice<T>(), 1, 2, 3);
}

}  // namespace

TEMPLATE_TEST_CASE("an append that grows has no effect when it throws", "", Tracked, ThrowingMove) {
  const bool in_place = GENERATE(false, true);
  const auto prepare = [in_place](arena::Arena& a) {
    auto slice = Three<TestType>(a);
    if (!in_place) a.Alloc(1, 1);
    return slice;
  };
  const auto check = [](const Slice<TestType>& slice) {
    CHECK(IdsOf(slice) == std::vector<int>{1, 2, 3});
  };
  using S = Slice<TestType>;
  SECTION("one value") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, s, 4); }, check);
  }
  SECTION("one value, moving the slice") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, std::move(s), 4); }, check);
  }
  SECTION("an element of its own") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, s, s[0]); }, check);
  }
  SECTION("several values") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, s, 4, 5, 6); }, check);
  }
  SECTION("a range") {
    ThrowAtEveryConstruction(
        prepare,
        [](arena::Arena& a, S& s) { s = SliceAppendRange(a, s, std::vector<int>{4, 5, 6}); },
        check);
  }
  SECTION("itself") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppendRange(a, s, s); }, check);
  }
}

TEMPLATE_TEST_CASE("an append that constructs in spare capacity has no effect when it throws", "",
                   Tracked, ThrowingMove) {
  const auto prepare = [](arena::Arena& a) {
    return SliceAppend(a, arena::AllocateSlice<TestType>(a, 0, 10), 1, 2, 3);
  };
  const auto check = [](const Slice<TestType>& slice) {
    CHECK(IdsOf(slice) == std::vector<int>{1, 2, 3});
  };
  using S = Slice<TestType>;
  SECTION("one value") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, s, 4); }, check);
  }
  SECTION("several values") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppend(a, s, 4, 5, 6); }, check);
  }
  SECTION("a range") {
    ThrowAtEveryConstruction(
        prepare,
        [](arena::Arena& a, S& s) { s = SliceAppendRange(a, s, std::vector<int>{4, 5, 6}); },
        check);
  }
  SECTION("itself") {
    ThrowAtEveryConstruction(
        prepare, [](arena::Arena& a, S& s) { s = SliceAppendRange(a, s, s); }, check);
  }
}

TEST_CASE("an append that assigns leaves a valid slice when it throws") {
  for (std::size_t n = 1; n < 30; ++n) {
    CAPTURE(n);
    LifetimeLog log;
    arena::MonotonicArena a;
    const auto base = arena::AllocateSlice<ThrowingMove>(a, 1, 8);
    const auto newer = SliceAppend(a, base, 11, 12, 13);
    log.ThrowAt(n);
    try {
      if (n % 2 == 0) {
        static_cast<void>(SliceAppendRange(a, base, std::vector<int>{21, 22, 23, 24, 25}));
      } else {
        static_cast<void>(SliceAppendRange(a, base, newer));
      }
    } catch (const ConstructionError&) {
    }
    log.ThrowNever();
    CHECK(newer.size() == 4);
    CHECK(IdsOf(newer)[0] == 0);
    CHECK(IdsOf(SliceAppend(a, newer, 9)).back() == 9);
    CHECK(log.Errors() == "");
    a.Reset();
    CHECK(log.Check() == "");
  }
}

TEMPLATE_TEST_CASE("a slice whose elements throw at first is not there", "", Tracked,
                   ThrowingMove) {
  for (std::size_t n = 1; n <= 5; ++n) {
    CAPTURE(n);
    LifetimeLog log;
    arena::MonotonicArena a;
    a.Alloc(1, 1);
    log.ThrowAt(n);
    if (n % 2 == 0) {
      CHECK_THROWS_AS(arena::AllocateSlice<TestType>(a, 5, 8), ConstructionError);
    } else {
      CHECK_THROWS_AS(arena::AllocateSliceForOverwrite<TestType>(a, 5, 8), ConstructionError);
    }
    CHECK(a.Len() == 1);
    CHECK(a.Stats().records <= 16);
    CHECK(log.Destructions() == n - 1);
    CHECK(log.Check() == "");
    a.Reset();
    CHECK(log.Destructions() == n - 1);
  }
}

TEST_CASE("a slice of trivial elements whose constructor throws is not there") {
  arena::MonotonicArena a;
  a.Alloc(1, 1);
  Picky::left = 3;
  CHECK_THROWS_AS(arena::AllocateSlice<Picky>(a, 5), ConstructionError);
  CHECK(a.Len() == 1);
}

TEST_CASE("an input range that throws in between loses what it had appended, and nothing else") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = Three<Tracked>(a);
  int position = 4;
  CHECK_THROWS_AS(SliceAppendRange(a, slice, Source{&position}), ConstructionError);
  CHECK(IdsOf(slice) == std::vector<int>{1, 2, 3});
  CHECK(IdsOf(SliceAppend(a, slice, 9)) == std::vector<int>{1, 2, 3, 9});
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a moved slice whose input range throws in between is still valid") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = Three<Tracked>(a);
  a.Alloc(1, 1);
  int position = 4;
  CHECK_THROWS_AS(SliceAppendRange(a, std::move(slice), Source{&position}), ConstructionError);
  REQUIRE(slice.size() == 3);
  slice[0] = Tracked(8);
  slice = SliceAppend(a, slice, 9);
  CHECK(slice[0].Id() == 8);
  CHECK(slice[3].Id() == 9);
  a.Reset();
  CHECK(log.Check() == "");
}
