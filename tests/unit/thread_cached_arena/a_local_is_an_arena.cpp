// SPDX-License-Identifier: Apache-2.0
//
// Everything works on a Local that works on an arena, and it shares its thread's part with the arena.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::ThreadCachedArena;
using arena_test::LifetimeLog;
using arena_test::Tracked;
using Local = ThreadCachedArena::Local;

TEST_CASE("typed allocation, slices, text, buffers and containers work on it") {
  LifetimeLog log;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  {
    const Local local(a);
    auto* const number = arena::Allocate<int>(local, 5);
    auto* const object = arena::Allocate<Tracked>(local, 6);
    arena::Slice<Tracked> slice;
    for (int i = 0; i < 100; ++i) slice = arena::SliceAppend(local, slice, i);
    const std::string_view text = arena::CopyString(local, "text");
    arena::ArenaBuffer buffer(local);
    for (int i = 0; i < 1000; ++i) buffer.WriteString("0123456789");
    std::vector<int, arena::Allocator<int>> ours(*local);
    std::pmr::vector<std::pmr::string> theirs(&*local);
    for (int i = 0; i < 1000; ++i) ours.push_back(i);
    for (int i = 0; i < 50; ++i) theirs.emplace_back("a string that is too long for its object");
    arena::Defer(local, [&log] { log.Note(-7); });
    CHECK(*number == 5);
    CHECK(object->Id() == 6);
    CHECK(slice[99].Id() == 99);
    CHECK(text == "text");
    CHECK(buffer.Len() == 10000);
    CHECK(ours[999] == 999);
    CHECK(theirs[49].size() == 40);
    CHECK(local->Len() > 14000);
  }
  log.ForgetOrder();
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(log.Deaths().front() == -7);
}

TEST_CASE("Locals and the arena take turns in one window", "[places]") {
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  auto* const first = static_cast<std::byte*>(a.Alloc(8, 8));
  const Local outer(a);
  CHECK(outer->Alloc(8, 8) == first + 8);
  CHECK(a.Alloc(8, 8) == first + 16);
  {
    const Local inner(a);
    CHECK(&*inner == &*outer);
    CHECK(inner->Alloc(8, 8) == first + 24);
  }
  void* const last = outer->Alloc(8, 8);
  CHECK(last == first + 32);
  CHECK(a.TryResize(last, 8, 16));
  CHECK(a.Alloc(8, 8) == first + 48);
  CHECK(a.Len() == 56);
}

TEST_CASE("an object that throws leaves nothing in a Local") {
  LifetimeLog log;
  arena::MonotonicArena base;
  ThreadCachedArena a(base);
  const Local local(a);
  local->Alloc(1, 1);
  const std::size_t len = local->Len();
  log.ThrowAt(1);
  CHECK_THROWS_AS(arena::Allocate<Tracked>(local, 1), arena_test::ConstructionError);
  CHECK(local->Len() == len);
  CHECK(log.Check() == "");
}

TEST_CASE("a Local is not kept by mistake") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Local>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<Local>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Local>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Local, arena::Arena&>);
  STATIC_REQUIRE(std::is_convertible_v<const Local&, arena::Arena&>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<ThreadCachedArena&, Local>);
}
