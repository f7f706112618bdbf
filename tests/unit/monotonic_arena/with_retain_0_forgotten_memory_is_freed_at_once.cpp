// SPDX-License-Identifier: Apache-2.0
//
// retain = 0, for an upstream that finds uses of freed memory: nothing that was forgotten stays in
// the arena, and large blocks end where their requests do.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

namespace {

arena::MonotonicArenaOptions RetainNothing(CheckingResource& upstream) {
  return {.min_buffer_size = 1000, .retain = 0, .upstream = &upstream};
}

}  // namespace

TEST_CASE("Reset returns every chunk") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  for (int round = 0; round < 3; ++round) {
    auto* const before = static_cast<unsigned char*>(a.Alloc(900, 1));
    a.Alloc(900, 1);
    a.Alloc(5000, 1);
    a.Reset();
    CHECK(a.Cap() == 0);
    CHECK(upstream.LiveBlocks() == 0);
    CHECK_FALSE(upstream.Holds(before));
    CHECK(FiguresAgree(a));
  }
}

TEST_CASE("what a scope allocates lies in chunks of its own, which its end returns") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  a.Alloc(100, 1);
  const std::size_t len = a.Len();
  const std::size_t cap = a.Cap();
  const void* inside = nullptr;
  const void* large = nullptr;
  {
    const arena::ArenaScope scope(a);
    CHECK(a.Len() == len);
    CHECK(FiguresAgree(a));
    inside = a.Alloc(100, 1);
    large = a.Alloc(5000, 1);
    CHECK(a.Len() == len + 5100);
    CHECK(FiguresAgree(a));
    CHECK((ARENA_HEAP || upstream.Holds(inside)));
    CHECK(upstream.LiveBlocks() == 3);
  }
  CHECK_FALSE(upstream.Holds(inside));
  CHECK_FALSE(upstream.Holds(large));
  CHECK(upstream.LiveBlocks() == 1);
  CHECK(a.Len() == len);
  CHECK(a.Cap() == cap);
  CHECK(FiguresAgree(a));
  a.Alloc(900, 1);  // the rest of the first chunk is there again
  CHECK(upstream.LiveBlocks() == 1);
}

TEST_CASE("inner scopes return theirs before outer ones") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  const arena::ArenaScope outer(a);
  const void* const of_outer = a.Alloc(10, 1);
  const void* of_inner = nullptr;
  {
    const arena::ArenaScope inner(a);
    of_inner = a.Alloc(10, 1);
    CHECK(upstream.LiveBlocks() == 3);
  }
  CHECK_FALSE(upstream.Holds(of_inner));
  CHECK((ARENA_HEAP || upstream.Holds(of_outer)));
  CHECK(upstream.LiveBlocks() == 2);
}

TEST_CASE("a scope leaves alone what was held before it") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  a.Alloc(10, 1);
  a.Reserve(4000);
  const std::size_t cap = a.Cap();
  {
    const arena::ArenaScope scope(a);
  }
  CHECK(a.Cap() == cap);
  const std::size_t allocations = upstream.Allocations();
  a.Alloc(4000, 1);
  CHECK(upstream.Allocations() == allocations);
}

TEST_CASE("a scope on an arena without a chunk returns all") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 0, .retain = 0, .upstream = &upstream});
  {
    const arena::ArenaScope scope(a);
    a.Alloc(10, 1);
  }
  CHECK(upstream.LiveBlocks() == 0);
  CHECK(a.Len() == 0);
  CHECK(FiguresAgree(a));
}

TEST_CASE("cleanups of a scope run before its memory is returned, and may allocate") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  arena::Allocate<std::string>(a, "outside");
  bool there = false;
  {
    const arena::ArenaScope scope(a);
    const auto* const text = arena::Allocate<std::string>(a, std::size_t{100}, 'x');
    arena::Defer(a, [&a, &there, &upstream, text] {
      there = *text == std::string(100, 'x') && (ARENA_HEAP || upstream.Holds(text));
      arena::Allocate<std::string>(a, std::size_t{100}, 'y');
      a.Alloc(7000, 1);
    });
  }
  CHECK(there);
  CHECK(upstream.LiveBlocks() == 1);
  CHECK(FiguresAgree(a));
}

TEST_CASE("an outer slice that grows in a scope stays what it was") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  auto outside = arena::AllocateSlice<int>(a, 3);
  outside[2] = 7;
  {
    const arena::ArenaScope scope(a);
    const auto inside = arena::SliceAppend(a, outside, 8);
    CHECK(inside.data() != outside.data());
    CHECK(inside[2] == 7);
  }
  CHECK(outside[2] == 7);
  CHECK(upstream.LiveBlocks() == 1);
}

TEST_CASE("the buffer for a large request is exactly as large") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  const std::size_t cap = a.Cap();
  a.Alloc(5001, 1);
  CHECK(a.Cap() == cap + 5001);
  CHECK(a.Stats().waste == 0);
  arena::MonotonicArena classes({.min_buffer_size = 1000, .upstream = &upstream});
  classes.Alloc(5001, 1);
  CHECK(classes.Cap() > cap + 5001);
}

TEST_CASE("a failure in a scope changes no figure") {
  CheckingResource upstream;
  arena::MonotonicArena a(RetainNothing(upstream));
  a.Alloc(10, 1);
  const arena::ArenaScope scope(a);
  const std::string before = arena_test::Figures(a);
  upstream.FailFrom(1);
  CHECK(a.TryAlloc(10, 1) == nullptr);
  CHECK(arena_test::Figures(a) == before);
  CHECK_FALSE(a.AddCleanup({[](void*) noexcept {}, nullptr}));
  CHECK(arena_test::Figures(a) == before);
}
