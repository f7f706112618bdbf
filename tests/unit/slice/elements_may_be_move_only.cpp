// SPDX-License-Identifier: Apache-2.0
//
// Slices of move-only elements grow from an rvalue slice.
#include <arena/arena.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::LifetimeLog;
using arena_test::MoveOnly;

namespace {

// A range that gives its elements away.
template <class T>
struct Moving {
  std::vector<T>& from;
  auto begin() const { return std::make_move_iterator(from.begin()); }
  auto end() const { return std::make_move_iterator(from.end()); }
};

// Trivially copyable, and all the same not to be copied.
struct Handle {
  explicit Handle(int n) : number(n) {}
  Handle(Handle&&) = default;
  Handle(const Handle&) = delete;
  Handle& operator=(Handle&&) = default;
  Handle& operator=(const Handle&) = delete;
  int number;
};
struct WideHandle : Handle {
  using Handle::Handle;
  long more[4] = {};
};

template <class T>
void AppendHandles() {
  STATIC_REQUIRE(std::is_trivially_copyable_v<T>);
  arena::MonotonicArena a;
  Slice<T> slice;
  for (int i = 0; i < 20; ++i) {
    slice = SliceAppend(a, std::move(slice), T(i));
    a.Alloc(1, 1);
  }
  slice = SliceAppend(a, std::move(slice), T(20), T(21));
  std::vector<T> more;
  more.push_back(T(22));
  slice = arena::SliceAppendRange(a, std::move(slice), Moving<T>{more});
  CHECK(slice.size() == 23);
  for (int i = 0; i < 23; ++i) CHECK(slice[static_cast<std::size_t>(i)].number == i);
}

}  // namespace

TEST_CASE("a slice of unique pointers grows and owns") {
  arena::MonotonicArena a;
  Slice<std::unique_ptr<int>> slice;
  for (int i = 0; i < 100; ++i) {
    slice = SliceAppend(a, std::move(slice), std::make_unique<int>(i));
    if (i % 10 == 0) a.Alloc(1, 1);
  }
  slice = SliceAppend(a, std::move(slice), std::make_unique<int>(100), nullptr);
  std::vector<std::unique_ptr<int>> more;
  more.push_back(std::make_unique<int>(102));
  slice = arena::SliceAppendRange(a, std::move(slice), Moving<std::unique_ptr<int>>{more});
  CHECK(more[0] == nullptr);
  CHECK(slice.size() == 103);
  CHECK(*slice[99] == 99);
  CHECK(slice[101] == nullptr);
  CHECK(*slice[102] == 102);
}

TEST_CASE("every object that only moves dies once") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto slice = arena::AllocateSlice<MoveOnly>(a, 2, 3);
  for (int id = 0; id < 50; ++id) {
    slice = SliceAppend(a, std::move(slice), MoveOnly(id));
    a.Alloc(1, 1);
  }
  const auto older = slice.Subslice(0, 10);
  const auto again = SliceAppend(a, Slice<MoveOnly>(older), MoveOnly(70), MoveOnly(71));
  CHECK(again[10].Id() == 70);
  CHECK(slice[11].Id() == 71);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a slice can be moved into an object, and its elements out of it") {
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<std::unique_ptr<int>>(), std::make_unique<int>(1));
  const std::unique_ptr<int> out = std::move(slice[0]);
  CHECK(*out == 1);
  CHECK(slice[0] == nullptr);
}

TEST_CASE("handles that are trivially copyable but only move") {
  AppendHandles<Handle>();
  AppendHandles<WideHandle>();
}

TEST_CASE("neither copied nor moved elements can be allocated at once") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const auto slice = arena::AllocateSlice<arena_test::Pinned>(a, 5);
  CHECK(slice[4].Id() == 0);
  a.Reset();
  CHECK(log.Destructions() == 5);
  CHECK(log.Check() == "");
}
