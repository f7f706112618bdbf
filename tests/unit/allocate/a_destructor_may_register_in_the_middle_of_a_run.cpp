// SPDX-License-Identifier: Apache-2.0
//
// Neighbours of one type are destroyed in a loop. What one of their destructors registers runs before
// the next of them is destroyed, and what it allocates overlaps none of them.
#include <arena/arena.hpp>
#include <cstring>
#include <vector>

#include "support/catch.hpp"

namespace {

std::vector<int>* deaths;

struct Plain {
  explicit Plain(int number) : id(number) {}
  ~Plain() { deaths->push_back(id); }
  int id;
};

struct Registering {
  Registering(arena::Arena& memory, int number) : a(&memory), id(number) {}
  ~Registering() {
    deaths->push_back(id);
    if (id % 3 == 0) {
      std::memset(a->Alloc(24, 1), 0xEE, 24);
      arena::Allocate<Plain>(*a, 1000 + id);
      arena::Allocate<Plain>(*a, 2000 + id);
    }
  }
  arena::Arena* a;
  int id;
};

}  // namespace

TEST_CASE("a destructor's registrations run before its older neighbour's destructor") {
  std::vector<int> order;
  deaths = &order;
  std::vector<int> expected;
  for (int id = 29; id >= 0; --id) {
    expected.push_back(id);
    if (id % 3 == 0) expected.insert(expected.end(), {2000 + id, 1000 + id});
  }
  arena::MonotonicArena a;
  SECTION("at Reset") {
    for (int id = 0; id < 30; ++id) arena::Allocate<Registering>(a, a, id);
    a.Reset();
  }
  SECTION("at the end of a scope") {
    const arena::ArenaScope scope(a);
    for (int id = 0; id < 30; ++id) arena::Allocate<Registering>(a, a, id);
  }
  SECTION("taken one by one by a decorator") {
    arena::ConcurrentArena shared(a);
    for (int id = 0; id < 30; ++id) arena::Allocate<Registering>(a, a, id);
    shared.Reset();
  }
  CHECK(order == expected);
  CHECK(a.Len() == 0);
}

TEST_CASE("a scope's objects never share a record with those before it") {
  std::vector<int> order;
  deaths = &order;
  arena::MonotonicArena a;
  for (int id = 0; id < 3; ++id) arena::Allocate<Plain>(a, id);
  {
    const arena::ArenaScope scope(a);
    for (int id = 3; id < 6; ++id) arena::Allocate<Plain>(a, id);
    {
      const arena::ArenaScope inner(a);
      arena::Allocate<Plain>(a, 6);
    }
    CHECK(order == std::vector<int>{6});
    arena::Allocate<Plain>(a, 7);
  }
  CHECK(order == std::vector<int>{6, 7, 5, 4, 3});
  arena::Allocate<Plain>(a, 8);
  a.Reset();
  CHECK(order == std::vector<int>{6, 7, 5, 4, 3, 8, 2, 1, 0});
}
