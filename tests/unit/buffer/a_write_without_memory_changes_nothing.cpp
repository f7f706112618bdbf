// SPDX-License-Identifier: Apache-2.0
//
// A write that finds no memory throws and leaves the buffer as it was.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <sstream>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

namespace {

// What can be seen of a buffer and of its arena.
struct Picture {
  std::string text;
  std::size_t cap;
  std::size_t arena_len;
  std::size_t arena_cap;
  bool operator==(const Picture&) const = default;
};

Picture Of(const arena::ArenaBuffer& b, const arena::Arena& a) {
  return {b.String(), b.Cap(), a.Len(), a.Cap()};
}

}  // namespace

TEST_CASE("a write beyond the arena's limit throws and changes nothing", "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
  arena::ArenaBuffer b(a);
  b.Write("before");
  b.ReadByte();
  const Picture before = Of(b, a);
  CHECK_THROWS_AS(b.Write(std::string(2000, 'x')), std::bad_alloc);
  CHECK(Of(b, a) == before);
  CHECK_THROWS_AS(b.Prepare(2000), std::bad_alloc);
  CHECK(Of(b, a) == before);
  b.Write(" and after");
  CHECK(b.View() == "efore and after");
}

TEST_CASE("the last byte below the limit can be written", "[buffer][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .limit = 1000});
  arena::ArenaBuffer b(a);
  std::size_t written = 0;
  for (; written < 1000; ++written) b.WriteByte('x');
  CHECK(b.Len() == 1000);
  const Picture before = Of(b, a);
  CHECK_THROWS_AS(b.WriteByte('y'), std::bad_alloc);
  CHECK_THROWS_AS(b.push_back('y'), std::bad_alloc);
  CHECK(Of(b, a) == before);
  b.ReadByte();
  b.Truncate(998);
  b.WriteByte('z');
  CHECK(b.View() == std::string(998, 'x') + "z");
}

TEST_CASE("an upstream that fails leaves the buffer as it was", "[buffer]") {
  const auto failure = GENERATE(arena_test::Failure::kBadAlloc, arena_test::Failure::kInt);
  arena_test::CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
  arena::ArenaBuffer b(a);
  b.Write(std::string(200, 'x'));
  const Picture before = Of(b, a);
  upstream.FailFrom(1, failure);
  CHECK_THROWS_AS(b.Write(std::string(100, 'y')), std::bad_alloc);
  CHECK(Of(b, a) == before);
  CHECK_THROWS_AS(b.Prepare(100), std::bad_alloc);
  CHECK(Of(b, a) == before);
  upstream.FailNever();
  b.Write(std::string(100, 'y'));
  CHECK(b.View() == std::string(200, 'x') + std::string(100, 'y'));
}

TEST_CASE("lengths that would overflow are refused", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const std::size_t size = GENERATE(SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 63, SIZE_MAX / 2,
                                    SIZE_MAX / 2 + 1, static_cast<std::size_t>(PTRDIFF_MAX));
  CHECK_THROWS_AS(b.Prepare(size), std::bad_alloc);
  CHECK(b.Cap() == 0);
  b.Write("text");
  const Picture before = Of(b, a);
  CHECK_THROWS_AS(b.Prepare(size), std::bad_alloc);
  CHECK_THROWS_AS(b.Write(b.View().data(), size), std::bad_alloc);
  CHECK(Of(b, a) == before);
}

TEST_CASE("when there is not twice the memory, a buffer takes what is needed", "[buffer]") {
  arena_test::CheckingResource upstream({.refuse_above = 1500});
  arena::MonotonicArena a({.min_buffer_size = 256, .upstream = &upstream});
  arena::ArenaBuffer b(a);
  b.Write(std::string(1000, 'x'));
  a.Alloc(1, 1);
  b.Write(std::string(200, 'y'));
  CHECK(b.View() == std::string(1000, 'x') + std::string(200, 'y'));
}

TEST_CASE("ReadFrom keeps what was read when memory ends", "[buffer][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
  arena::ArenaBuffer b(a);
  SECTION("from a callable") {
    std::size_t given = 0;
    CHECK_THROWS_AS(b.ReadFrom([&](std::span<char> room) {
      for (char& c : room) c = static_cast<char>('a' + given++ % 26);
      return room.size();
    }),
                    std::bad_alloc);
    REQUIRE(b.Len() == given);
    CHECK(b.Len() == 1024);
    CHECK(b.View().substr(0, 30) == "abcdefghijklmnopqrstuvwxyzabcd");
  }
  SECTION("from a stream") {
    std::istringstream source(std::string(5000, 'x'));
    CHECK_THROWS_AS(b.ReadFrom(source), std::bad_alloc);
    CHECK(b.View() == std::string(1024, 'x'));
  }
}

TEST_CASE("ReadFrom makes do with the memory that is left", "[buffer][places]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .limit = 100});
  arena::ArenaBuffer b(a);
  CHECK(b.ReadFrom(std::istringstream("a short text")) == 12);
  CHECK(b.ReadFrom(std::istringstream(std::string(87, 'x'))) == 87);
  CHECK(b.View() == "a short text" + std::string(87, 'x'));
}
