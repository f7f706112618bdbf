// SPDX-License-Identifier: Apache-2.0
//
// Buffers are moved, never copied; a moved-from buffer is empty and goes on in its arena.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("a buffer is move-only and costs no cleanup", "[buffer]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::ArenaBuffer>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<arena::ArenaBuffer>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<arena::ArenaBuffer>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<arena::ArenaBuffer>);
  STATIC_REQUIRE(std::is_trivially_destructible_v<arena::ArenaBuffer>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<arena::MonotonicArena&, arena::ArenaBuffer>);
}

TEST_CASE("a move takes the contents and leaves an empty, usable buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer from(a);
  from.Write("hello world");
  from.Next(6);
  const char* const start = from.View().data();
  arena::ArenaBuffer to(std::move(from));
  CHECK(to.View() == "world");
  CHECK(to.View().data() == start);
  CHECK(from.Len() == 0);
  CHECK(from.Cap() == 0);
  CHECK(from.View().empty());
  from.Write("again");
  to.Write("!");
  CHECK(from.View() == "again");
  CHECK(to.View() == "world!");
}

TEST_CASE("assignment forgets the old contents and gives nothing back", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer from(a), to(a);
  from.Write("new");
  to.Write("old");
  const std::string_view old = to.View();
  const std::size_t len = a.Len();
  to = std::move(from);
  CHECK(to.View() == "new");
  CHECK(from.Len() == 0);
  CHECK(a.Len() == len);
  to.Write(std::string(1000, 'x'));
  CHECK(old == "old");
}

TEST_CASE("assigning a buffer to itself leaves it as it is", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  arena::ArenaBuffer& same = b;
  b = std::move(same);
  CHECK(b.View() == "text");
}

TEST_CASE("an assigned buffer writes into the other's arena from then on", "[buffer]") {
  arena::MonotonicArena first, second;
  arena::ArenaBuffer b(first), other(second);
  b.Write("one");
  other.Write("two");
  b = std::move(other);
  const std::size_t first_len = first.Len();
  b.Write(std::string(1000, 'x'));
  CHECK(first.Len() == first_len);
  CHECK(second.Owns(b.View().data()));
  other.Write("three");  // a moved-from buffer keeps its arena
  CHECK(second.Owns(other.View().data()));
  std::swap(b, other);
  CHECK(b.View() == "three");
  CHECK(other.Len() == 1003);
}

TEST_CASE("buffers of two arenas copy from each other", "[buffer]") {
  arena::MonotonicArena first, second;
  arena::ArenaBuffer b(first);
  b.Write("text that is in the first arena");
  arena::ArenaBuffer other(second);
  other.Write(b.Next(4));
  other.Write(b.View());
  b = arena::ArenaBuffer(second);
  first.Release();
  CHECK(other.View() == "text that is in the first arena");
}

TEST_CASE("after Reset of the arena a buffer can be assigned to, or destroyed", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer assigned(a), destroyed(a);
  assigned.Write("old");
  destroyed.Write("old");
  for (int round = 0; round < 3; ++round) {
    if (round % 2 == 0) {
      a.Reset();
    } else {
      a.Release();
    }
    assigned = arena::ArenaBuffer(a);
    CHECK(assigned.Len() == 0);
    assigned.Write("new");
    CHECK(assigned.View() == "new");
    CHECK(a.Len() == assigned.Cap());
  }
}

TEST_CASE("buffers live in containers and in arenas", "[buffer]") {
  arena::MonotonicArena a;
  std::vector<arena::ArenaBuffer> buffers;
  for (std::size_t i = 0; i < 20; ++i) {
    buffers.emplace_back(a);
    for (arena::ArenaBuffer& b : buffers) b.WriteByte(static_cast<char>('a' + i));
  }
  CHECK(buffers.front().View() == "abcdefghijklmnopqrst");
  CHECK(buffers.back().View() == "t");
  auto* const inside = arena::Allocate<arena::ArenaBuffer>(a, a);
  inside->Write("inside");
  CHECK(inside->View() == "inside");
  CHECK(a.Stats().records == 0);
}
