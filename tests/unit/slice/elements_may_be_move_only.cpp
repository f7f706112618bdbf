// SPDX-License-Identifier: Apache-2.0
//
// Slices of move-only elements grow from an rvalue slice.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <iterator>
#include <map>
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

using Pointer = std::unique_ptr<int>;
using Pointers = std::vector<Pointer>;

// The vector says that it can be copied, so the class has to say that it cannot.
struct HoldsPointers {
  HoldsPointers() = default;
  HoldsPointers(HoldsPointers&&) = default;
  HoldsPointers(const HoldsPointers&) = delete;
  HoldsPointers& operator=(HoldsPointers&&) = default;
  HoldsPointers& operator=(const HoldsPointers&) = delete;
  Pointers pointers;
};

// A container that is, in the end, its own element.
class Tree {
 public:
  using value_type = std::pair<const int, Tree>;
  using allocator_type = std::allocator<value_type>;
  std::vector<Tree> children;
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

using ManyPointers = std::vector<Pointers>;
using PointerMap = std::map<int, Pointer>;
using PairWithPointers = std::pair<int, Pointers>;

TEMPLATE_TEST_CASE("a container of what only moves does only move", "", Pointers, ManyPointers,
                   PointerMap, PairWithPointers, HoldsPointers) {
  arena::MonotonicArena a;
  Slice<TestType> slice;
  for (int i = 0; i < 9; ++i) {
    slice = SliceAppend(a, std::move(slice), TestType());
    a.Alloc(1, 1);
  }
  slice = SliceAppend(a, std::move(slice), TestType(), TestType());
  std::vector<TestType> more(2);
  slice = arena::SliceAppendRange(a, std::move(slice), Moving<TestType>{more});
  Slice<TestType> copy = slice;
  slice = SliceAppend(a, std::move(copy), TestType());
  CHECK(slice.size() == 14);
}

TEST_CASE("a part of a slice of containers that only move moves into another arena") {
  arena::MonotonicArena kept;
  Slice<arena::Vector<Pointer>> slice;
  {
    arena::MonotonicArena ending;
    for (int i = 0; i < 3; ++i) {
      arena::Vector<Pointer> pointers(ending);
      pointers.push_back(std::make_unique<int>(i));
      slice = SliceAppend(ending, std::move(slice), std::move(pointers));
    }
    slice = SliceAppend(kept, slice.Subslice(1, 3), arena::Vector<Pointer>(kept));
  }
  CHECK(slice.size() == 3);
  CHECK(*slice[0].front() == 1);
  CHECK(*slice[1].front() == 2);
}

TEST_CASE("containers whose elements can be copied are copied as before") {
  arena::MonotonicArena a;
  const auto strings = SliceAppend(a, Slice<std::vector<std::string>>(), {"a text", "another one"});
  a.Alloc(1, 1);
  Slice<std::vector<std::string>> copy = strings;
  copy = SliceAppend(a, std::move(copy), {});
  CHECK(copy[0] == strings[0]);
  Slice<Tree> trees = SliceAppend(a, Slice<Tree>(), Tree());
  trees[0].children.resize(3);
  a.Alloc(1, 1);
  trees = SliceAppend(a, trees, trees[0]);
  CHECK(trees[0].children.size() == 3);
}
