// SPDX-License-Identifier: Apache-2.0
//
// How a buffer gets its storage: in place where it can, else several times as large elsewhere; what
// was read and never shown is used again.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <set>
#include <string>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("a buffer that ends at the arena's cursor grows in place", "[buffer][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 20});
  arena::ArenaBuffer b(a);
  b.WriteByte('x');
  const char* const start = b.View().data();
  for (int i = 0; i < 100000; ++i) b.WriteByte('x');
  CHECK(b.View().data() == start);
  CHECK(a.Len() == b.Cap());  // no copy was left behind
}

TEST_CASE("growing elsewhere doubles: few storages, and at most twice the bytes in them",
          "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 22});
  arena::ArenaBuffer b(a);
  std::size_t storages = 0, cap = 0, neighbours = 0;
  for (int i = 0; i < 100000; ++i) {
    b.WriteByte('x');
    if (b.Cap() == cap) continue;
    CHECK(b.Cap() >= 2 * cap);
    cap = b.Cap();
    ++storages;
    a.Alloc(1, 1);
    ++neighbours;
  }
  CHECK(storages < 14);  // from 64 bytes to 128 KiB
  CHECK(b.Cap() < 2 * b.Len());
  CHECK(a.Len() < 4 * b.Len() + neighbours);
}

TEST_CASE("a large buffer that grows elsewhere takes four times the bytes", "[buffer]") {
  constexpr std::size_t kBytes = std::size_t{3} << 20;
  arena::MonotonicArena a({.limit = std::size_t{24} << 20});
  arena::ArenaBuffer b(a);
  b.Commit(b.Prepare(kBytes).size());
  a.Alloc(1, 1);
  b.WriteByte('x');
  CHECK(b.Cap() == 4 * kBytes);
  b.Commit(b.Prepare(b.Cap() - b.Len()).size());
  REQUIRE(b.Len() == 4 * kBytes);
  CHECK_THROWS_AS(b.WriteByte('x'), std::bad_alloc);  // neither four times nor one byte more
}

TEST_CASE("a large buffer grows to twice the bytes where four times are not to be had",
          "[buffer]") {
  constexpr std::size_t kBytes = std::size_t{3} << 20;
  arena::MonotonicArena a({.limit = std::size_t{11} << 20});
  arena::ArenaBuffer b(a);
  b.Commit(b.Prepare(kBytes).size());
  a.Alloc(1, 1);
  b.WriteByte('x');
  CHECK(b.Cap() == 2 * kBytes);
}

TEST_CASE("a large buffer whose views are kept does not grow with what went through it",
          "[buffer]") {
  constexpr std::size_t kUnread = std::size_t{1} << 20;
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const std::string piece(kUnread / 4, 'x');
  for (int i = 0; i < 4; ++i) b.Write(piece);
  std::size_t largest = 0;
  for (int i = 0; i < 100; ++i) {
    b.Write(piece);
    a.Alloc(1, 1);
    largest = std::max(largest, b.Cap());
    CHECK(b.Next(piece.size()).size() == piece.size());
  }
  CHECK(largest <= 8 * kUnread);
}

TEST_CASE("growing elsewhere copies the unread part only", "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 20});
  arena::ArenaBuffer b(a);
  b.Write(std::string(10000, 'x'));
  b.Next(9990);
  a.Alloc(1, 1);
  const std::size_t len = a.Len();
  b.Write(std::string(b.Cap() - 10000, 'y'));
  CHECK(a.Len() == len);
  b.WriteByte('y');
  CHECK(b.Cap() == 10000);  // room for twice what is unread, and for no less than before
  CHECK(a.Len() == len + 10000);
  CHECK(b.View().substr(0, 11) == "xxxxxxxxxxy");
}

TEST_CASE("a buffer filled and drained in turn stays small", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const bool neighbours = GENERATE(false, true);
  const std::string text(1000, 'x');
  std::string target(1000, ' ');
  std::size_t largest = 0;
  for (int i = 0; i < 10000; ++i) {
    b.Write(text);
    if (neighbours && i < 50) a.Alloc(1, 1);
    REQUIRE(b.Read(target) == 1000);
    largest = std::max(largest, b.Cap());
  }
  CHECK(largest <= 2000);
  CHECK(a.Len() <= 2000 + 50);
}

TEST_CASE("a buffer whose reader stays behind the writer stays small", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const std::string text(1000, 'x');
  std::string target(1000, ' ');
  b.Write("0123456789");
  for (int i = 0; i < 10000; ++i) {
    b.Write(text);
    REQUIRE(b.Read(target) == 1000);
    REQUIRE(b.Len() == 10);
  }
  CHECK(b.Cap() <= 4096);
  CHECK(a.Len() <= 2 * 4096);
}

TEST_CASE("a buffer inside a larger history than its window moves on", "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .max_buffer_size = 1000});
  arena::ArenaBuffer b(a);
  std::string expected;
  std::set<const char*> starts;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::to_string(i);
    expected += text;
    b.Write(text);
    starts.insert(b.View().data());
  }
  CHECK(b.View() == expected);
  CHECK(starts.size() > 1);
  CHECK(starts.size() < 10);
}
