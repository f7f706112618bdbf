// SPDX-License-Identifier: Apache-2.0
//
// A destructor that asks for another object's cleanup to be dropped gets what is promised: false with
// nothing changed, or true and the cleanup does not run.
#include <arena/arena.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

std::vector<int>* ran;

struct Plain {
  explicit Plain(int number) : id(number) {}
  ~Plain() { ran->push_back(id); }
  int id;
};

// Three neighbours, which share a record. The one with `at` as its id drops `target`.
struct Dropping {
  Dropping(arena::Arena& memory, int number, int when, const void* object, bool registers)
      : a(&memory), target(object), id(number), at(when), adds(registers) {}
  ~Dropping() {
    ran->push_back(id);
    if (id != at) return;
    dropped = a->DropCleanup(target);
    for (int i = 0; adds && i < 2; ++i) arena::Allocate<Plain>(*a, 100 + i);
  }
  static inline bool dropped = false;
  arena::Arena* a;
  const void* target;
  int id;
  int at;
  bool adds;
};

}  // namespace

TEST_CASE("a destructor that drops nothing and registers neighbours leaves the order as it is") {
  std::vector<int> order;
  ran = &order;
  arena::MonotonicArena a;
  arena::Defer(a, [&order] { order.push_back(-1); });
  int other = 0;
  for (int id = 0; id < 3; ++id) arena::Allocate<Dropping>(a, a, id, 0, &other, true);
  a.Reset();
  CHECK_FALSE(Dropping::dropped);
  CHECK(order == std::vector<int>{2, 1, 0, 101, 100, -1});
}

TEST_CASE("a destructor in a scope cannot drop a cleanup from before the scope") {
  std::vector<int> order;
  ran = &order;
  int below = 0;
  arena::MonotonicArena a;
  REQUIRE(a.AddCleanup({[](void*) noexcept { ran->push_back(-1); }, &below}));
  {
    const arena::ArenaScope scope(a);
    for (int id = 0; id < 3; ++id) arena::Allocate<Dropping>(a, a, id, 0, &below, false);
  }
  CHECK_FALSE(Dropping::dropped);
  CHECK(order == std::vector<int>{2, 1, 0});
  a.Reset();
  CHECK(order == std::vector<int>{2, 1, 0, -1});
}

TEST_CASE("an object whose cleanup its neighbour has dropped is not destroyed") {
  std::vector<int> order;
  ran = &order;
  arena::MonotonicArena a;
  // Behind the first one, which opens the segment, the others are a run. One of them drops the object
  // before it, which may be the first of the run.
  const int at = GENERATE(2, 3, 4);
  const void* objects[5] = {};
  for (int id = 0; id < 5; ++id) {
    const void* const older = id == at ? objects[id - 1] : nullptr;
    objects[id] = arena::Allocate<Dropping>(a, a, id, at, older, false);
  }
  a.Reset();
  CHECK(Dropping::dropped);
  std::vector<int> expected;
  for (int id = 4; id >= 0; --id) {
    if (id != at - 1) expected.push_back(id);
  }
  CHECK(order == expected);
}

TEST_CASE("a cleanup in a window that was left is dropped, but not below one that was dropped") {
  std::vector<int> order;
  ran = &order;
  arena::MonotonicArena a({.min_buffer_size = 128, .max_buffer_size = 128});
  const auto* const first = arena::Allocate<Plain>(a, 1);
  for (int i = 0; i < 3; ++i) static_cast<void>(a.Alloc(60, 1));  // the window moves on
  SECTION("there is no later one") { CHECK(a.DropCleanup(first)); }
  SECTION("the later one was dropped") {
    const auto* const second = arena::Allocate<Plain>(a, 2);
    CHECK_FALSE(a.DropCleanup(first));
    CHECK(a.DropCleanup(second));
    CHECK_FALSE(a.DropCleanup(first));
    a.Reset();
    CHECK(order == std::vector<int>{1});
  }
  a.Reset();
  CHECK(order.size() <= 1);
}
