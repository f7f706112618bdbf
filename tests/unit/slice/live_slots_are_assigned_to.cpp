// SPDX-License-Identifier: Apache-2.0
//
// An append through an older value assigns to the element that a newer one put there.
#include <arena/arena.hpp>
#include <cstddef>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("a second append through an older value assigns") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto base = arena::AllocateSlice<Tracked>(a, 1, 4);
  const auto one = SliceAppend(a, base, 10);
  const std::size_t live = log.Live();
  const auto two = SliceAppend(a, base, 20);
  CHECK(log.Live() == live);
  CHECK(log.Assignments() == 1);
  CHECK(one.data() == two.data());
  CHECK(one[1].Id() == 20);  // as in Go
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an append of several assigns to what is live and constructs the rest") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto base = arena::AllocateSlice<Tracked>(a, 1, 6);
  const auto one = SliceAppend(a, base, 11, 12);
  const std::size_t live = log.Live();
  Slice<Tracked> two;
  SECTION("values") { two = SliceAppend(a, base, 21, 22, 23, 24); }
  SECTION("a range") { two = arena::SliceAppendRange(a, base, std::vector<int>{21, 22, 23, 24}); }
  SECTION("a list") { two = arena::SliceAppendRange(a, base, std::list<int>{21, 22, 23, 24}); }
  CHECK(log.Live() == live + 2);
  CHECK(log.Assignments() == 2);
  CHECK(one[1].Id() == 21);
  CHECK(one[2].Id() == 22);
  CHECK(two[4].Id() == 24);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("an empty older value assigns to every slot that is live") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto base = arena::AllocateSlice<Tracked>(a, 0, 3);
  static_cast<void>(SliceAppend(a, base, 1, 2, 3));
  const auto again = SliceAppend(a, base, 4, 5, 6);
  CHECK(log.Live() == 3);
  CHECK(again[2].Id() == 6);
  a.Reset();
  CHECK(log.Destructions() == log.Constructions());
  CHECK(log.Check() == "");
}

TEST_CASE("live elements that cannot be assigned to are left alone") {
  struct Fixed {
    Fixed(int n) : number(n), text(100, 'x') {}
    const int number;
    std::string text;
  };
  arena::MonotonicArena a;
  Slice<Fixed> base = SliceAppend(a, Slice<Fixed>(), Fixed(0));
  base = SliceAppend(a, base, Fixed(1)).Subslice(0, 1);
  a.Alloc(1, 1);
  base = SliceAppend(a, base.Clip(), Fixed(1)).Subslice(0, 1);
  CHECK(base.capacity() >= 2);
  const auto one = SliceAppend(a, base, Fixed(10));
  const auto two = SliceAppend(a, base, Fixed(20));
  const auto three = SliceAppend(a, base, 30, 40);
  const auto four = arena::SliceAppendRange(a, base, std::vector<int>{50, 60});
  CHECK(one[1].number == 10);
  CHECK(two[1].number == 20);
  CHECK((three[1].number == 30 && three[2].number == 40));
  CHECK((four[1].number == 50 && four[2].number == 60));
}
