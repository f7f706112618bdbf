// SPDX-License-Identifier: Apache-2.0
//
// Appending moves the elements of a slice that the caller named and moved, and of no other: one that
// was returned by value may be a copy of a value that lives elsewhere.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

const std::string kLongText(60, 't');

struct Minutes {
  Slice<std::string> lines;
  Slice<std::string> Lines() const { return lines; }
};

// A slice that is full, and cannot grow in place.
Slice<std::string> FullSlice(arena::Arena& a) {
  auto slice = SliceAppend(a, Slice<std::string>(), kLongText);
  static_cast<void>(a.Alloc(1, 1));
  return slice;
}

struct PlainPair {
  int x, y;
};

}  // namespace

TEST_CASE("what a getter returned is copied from, however it is appended to") {
  arena::MonotonicArena a;
  Minutes document{FullSlice(a)};
  const std::string more[] = {kLongText};
  Slice<std::string> all;
  SECTION("one value") { all = SliceAppend(a, document.Lines(), kLongText); }
  SECTION("values") { all = SliceAppend(a, document.Lines(), kLongText, kLongText); }
  SECTION("a range") { all = arena::SliceAppendRange(a, document.Lines(), more); }
  SECTION("a list") { all = arena::SliceAppendRange(a, document.Lines(), {kLongText}); }
  SECTION("through a copy of the whole") {
    all = SliceAppend(a, Minutes(document).lines, kLongText);
  }
  SECTION("through a choice") {
    all = SliceAppend(a, a.Len() > 0 ? document.lines : Slice<std::string>(), kLongText);
  }
  SECTION("through a copy that was moved") {
    auto copy = document.lines;
    all = SliceAppend(a, std::move(copy), kLongText);
  }
  SECTION("through an assigned copy") {
    Slice<std::string> copy;
    copy = document.lines;
    all = SliceAppend(a, std::move(copy), kLongText);
  }
  REQUIRE(all.data() != document.lines.data());
  CHECK(all[0] == kLongText);
  CHECK(document.lines[0] == kLongText);
}

TEST_CASE("a slice that grew within another one's storage leaves that one's elements alone") {
  arena::MonotonicArena a;
  const auto outer = SliceAppend(a, arena::AllocateSlice<std::string>(a, 0, 2), kLongText);
  auto inner = SliceAppend(a, outer, kLongText);
  REQUIRE(inner.data() == outer.data());
  static_cast<void>(a.Alloc(1, 1));
  SECTION("named") { inner = SliceAppend(a, std::move(inner), kLongText); }
  SECTION("nested") { inner = SliceAppend(a, SliceAppend(a, outer, kLongText), kLongText); }
  SECTION("by no element") {
    const std::string none[] = {""};
    inner = SliceAppend(a, arena::SliceAppendRange(a, inner, std::span(none, std::size_t{0})),
                        kLongText);
  }
  REQUIRE(inner.data() != outer.data());
  CHECK(outer[0] == kLongText);
}

TEST_CASE("a slice that was named and moved is moved from") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<Tracked>(), 1, 2);
  for (int id = 3; id < 40; ++id) {
    const std::size_t copies = log.Copies();
    slice = SliceAppend(a, std::move(slice), id);
    Slice<Tracked> other = std::move(slice);
    slice = std::move(other);
    static_cast<void>(a.Alloc(1, 1));
    CHECK(log.Copies() == copies);
  }
  CHECK(slice[20].Id() == 21);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("elements that only move are moved, also from a copy") {
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<std::unique_ptr<int>>(), std::make_unique<int>(1));
  const auto get = [&] { return slice; };
  static_cast<void>(a.Alloc(1, 1));
  const auto grown = SliceAppend(a, get(), std::make_unique<int>(2));
  CHECK(*grown[0] == 1);
}

TEST_CASE("slices of what is trivially copyable are so, too") {
  STATIC_REQUIRE(std::is_trivially_copyable_v<Slice<PlainPair>>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Slice<Slice<PlainPair>>>);
  STATIC_REQUIRE(sizeof(Slice<std::string>) == sizeof(Slice<int>));
  STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<Slice<std::string>>);
  STATIC_REQUIRE(std::is_trivially_move_constructible_v<Slice<std::string>>);
}
