// SPDX-License-Identifier: Apache-2.0
//
// Cleanup records lie at the window's end, and move when that does: in scopes, while cleanups run,
// and when the end comes back.
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/figures.hpp"

using arena_test::FiguresAgree;

namespace {

// Notes its end; its size keeps neighbours from sharing a record.
struct Noting {
  Noting(std::vector<int>& the_ends, int the_id) : ends(&the_ends), id(the_id) {}
  Noting(const Noting&) = delete;
  Noting& operator=(const Noting&) = delete;
  ~Noting() { ends->push_back(id); }
  std::vector<int>* ends;
  int id;
};

// Allocates while it is destroyed.
struct Allocating {
  Allocating(arena::Arena& the_arena, std::vector<int>& the_ends, int the_id, std::size_t the_size)
      : arena(&the_arena), ends(&the_ends), id(the_id), size(the_size) {}
  Allocating(const Allocating&) = delete;
  Allocating& operator=(const Allocating&) = delete;
  ~Allocating() {
    ends->push_back(id);
    if (size == 0) return;
    // Overwrites where records were before the window grew for it.
    void* const block = arena->TryAlloc(size, 1);
    if (block != nullptr) std::memset(block, 0xEE, size);
  }
  arena::Arena* arena;
  std::vector<int>* ends;
  int id;
  std::size_t size;
};

std::vector<int> Down(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i >= to; --i) numbers.push_back(i);
  return numbers;
}

}  // namespace

TEST_CASE("records survive every growth, and run newest first") {
  for (const std::size_t gap : {std::size_t{0}, std::size_t{1}, std::size_t{3000}}) {
    CAPTURE(gap);
    std::vector<int> ends;
    {
      arena::VirtualArena a({.commit = 1});
      for (int i = 0; i < 5000; ++i) {
        arena::Allocate<Noting>(a, ends, i);
        if (gap != 0) a.Alloc(gap, 1);
      }
      CHECK(a.Stats().buffers == 1);
      CHECK(a.Stats().waste == 0);
      CHECK(FiguresAgree(a));
    }
    CHECK(ends == Down(4999, 0));
  }
}

TEST_CASE("a window may grow for a record alone") {
  std::vector<int> ends;
  arena::VirtualArena a({.commit = 1});
  void* const only = a.Alloc(8, 8);
  a.Alloc(a.Cap() - 8, 1);
  const std::size_t cap = a.Cap();
  REQUIRE(a.Stats().free == 0);
  CHECK(a.AddCleanup({[](void*) noexcept {}, only}));
  CHECK(a.Cap() > cap);
  CHECK(a.Stats().buffers == 1);
  CHECK(a.Stats().records == 32);
  CHECK(a.DropCleanup(only));
}

TEST_CASE("open scopes find their records where they are now") {
  std::vector<int> ends;
  arena::VirtualArena a({.commit = 1});
  for (int i = 0; i < 10; ++i) {
    arena::Allocate<Noting>(a, ends, i);
    a.Alloc(100, 1);
  }
  const std::size_t len = a.Len();
  const std::size_t records = a.Stats().records;
  {
    const arena::ArenaScope outer(a);
    arena::Allocate<Noting>(a, ends, 10);
    a.Alloc(50'000, 1);
    {
      const arena::ArenaScope middle(a);
      const arena::ArenaScope inner(a);
      arena::Allocate<Noting>(a, ends, 11);
      a.Alloc(500'000, 1);
      arena::Allocate<Noting>(a, ends, 12);
    }
    CHECK(ends == Down(12, 11));
    arena::Allocate<Noting>(a, ends, 13);
    a.Alloc(5'000'000, 1);
  }
  CHECK(ends == std::vector<int>{12, 11, 13, 10});
  CHECK(a.Len() == len);
  CHECK(a.Stats().records == records);
  CHECK(FiguresAgree(a));
  ends.clear();
  a.Reset();
  CHECK(ends == Down(9, 0));
}

TEST_CASE("a scope that began before there was any memory ends well") {
  std::vector<int> ends;
  arena::VirtualArena a;
  for (int round = 0; round < 3; ++round) {
    {
      const arena::ArenaScope scope(a);
      arena::Allocate<Noting>(a, ends, round);
      a.Alloc(100'000, 1);
    }
    CHECK(a.Len() == 0);
    CHECK(a.Stats().records == 0);
    CHECK(FiguresAgree(a));
  }
  CHECK(ends == std::vector<int>{0, 1, 2});
}

TEST_CASE("cleanups that allocate move the records that are still to run") {
  std::vector<int> ends;
  {
    arena::VirtualArena a({.commit = 1});
    for (int i = 0; i < 100; ++i) {
      arena::Allocate<Allocating>(a, a, ends, i, std::size_t{10'000});
      a.Alloc(8, 1);  // no neighbours: a record each
    }
  }
  CHECK(ends == Down(99, 0));
}

TEST_CASE("a run of neighbours goes on after its record was moved by one of them") {
  std::vector<int> ends;
  {
    arena::VirtualArena a({.commit = 1});
    for (int i = 0; i < 300; ++i) {
      arena::Allocate<Allocating>(a, a, ends, i, std::size_t{i % 7 == 0 ? 30'000u : 0u});
    }
    // They do share records, where they lie side by side.
    CHECK((ARENA_HEAP || a.Stats().records < 300 * 16));
  }
  CHECK(ends == Down(299, 0));
}

TEST_CASE("the end of a scope runs down to its mark although cleanups move it") {
  std::vector<int> ends;
  arena::VirtualArena a({.commit = 1});
  for (int i = 0; i < 5; ++i) {
    arena::Allocate<Noting>(a, ends, i);
    a.Alloc(8, 1);
  }
  const std::size_t len = a.Len();
  {
    const arena::ArenaScope scope(a);
    for (int i = 5; i < 20; ++i) {
      arena::Allocate<Allocating>(a, a, ends, i, std::size_t{100'000});
      if (i % 2 == 0) a.Alloc(8, 1);
    }
  }
  CHECK(ends == Down(19, 5));
  CHECK(a.Len() == len);
  ends.clear();
  a.Reset();
  CHECK(ends == Down(4, 0));
}

TEST_CASE("ShrinkTo brings the records back to what is in use") {
  std::vector<int> ends;
  arena::VirtualArena a;
  for (int i = 0; i < 50; ++i) {
    arena::Allocate<Noting>(a, ends, i);
    a.Alloc(8, 1);
  }
  const arena::ArenaScope scope(a);
  arena::Allocate<Noting>(a, ends, 50);
  a.Reserve(1'000'000);
  const arena::ArenaStats before = a.Stats();
  a.ShrinkTo(0);
  const arena::ArenaStats after = a.Stats();
  CHECK(after.len == before.len);
  CHECK(after.records == before.records);
  CHECK(after.free < 16);
  CHECK(after.cap == after.len + after.records + after.free);
  // And on from there.
  for (int i = 51; i < 200; ++i) {
    arena::Allocate<Noting>(a, ends, i);
    a.Alloc(1000, 1);
  }
  CHECK(FiguresAgree(a));
}

TEST_CASE("a million records move without a loss") {
  static std::size_t ended;
  struct Counting {
    Counting() = default;
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;
    ~Counting() { ++ended; }
    char bytes[3];
  };
  ended = 0;
  {
    arena::VirtualArena a;
    for (int i = 0; i < 1'000'000; ++i) {
      arena::Allocate<Counting>(a);
      a.Alloc(1, 1);
    }
    CHECK(a.Stats().records >= 16'000'000);
    CHECK(a.Stats().buffers == 1);
  }
  CHECK(ended == 1'000'000);
}
