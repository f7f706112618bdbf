// SPDX-License-Identifier: Apache-2.0
//
// Where the characters of an ArenaStream lie, how long views of them live, and what happens when
// memory ends.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/iostream.hpp>
#include <cstddef>
#include <ios>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

TEST_CASE("the text of a stream lies in its arena", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream out(a);
  CHECK(a.Len() == 0);
  out << "text " << std::string(1000, 'x');
  CHECK(a.Owns(out.View().data()));
  CHECK(a.Len() >= 1005);
}

TEST_CASE("a view outlives later writing, reading and the stream", "[stream]") {
  const std::size_t buffer_size = GENERATE(64U, 1U << 20);
  arena::MonotonicArena a({.min_buffer_size = buffer_size});
  std::vector<std::pair<std::string_view, std::string>> shown;
  {
    arena::ArenaStream stream(a);
    for (int i = 0; i < 500; ++i) {
      stream << i << ' ';
      if (i % 10 == 0) {
        const std::string_view view = stream.View();
        shown.emplace_back(view, view);
      }
      int number = 0;
      if (i % 3 == 0) stream >> number;
    }
  }
  a.Alloc(100, 1);
  REQUIRE(shown.size() == 50);
  for (const auto& [view, text] : shown) CHECK(view == text);
}

TEST_CASE("a stream that is written and read in turn stays small", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a);
  std::string word;
  for (int i = 0; i < 10000; ++i) {
    stream << "0123456789 " << i << '\n';
    stream >> word >> word;
    REQUIRE(word == std::to_string(i));
  }
  CHECK(a.Len() <= 128);
}

TEST_CASE("a stream may be written to while it is half read", "[stream]") {
  const bool in_one_piece = GENERATE(false, true);
  arena::MonotonicArena a;
  arena::ArenaStream stream(a);
  std::string expected;
  arena_test::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    // What is unread moves down over what was read, again and again.
    const std::string text(1 + random() % 100, static_cast<char>('a' + round % 26));
    if (in_one_piece) {
      stream << text;
    } else {
      for (const char c : text) stream.put(c);
    }
    expected += text;
    std::string part(expected.size() - std::min<std::size_t>(expected.size(), random() % 20), ' ');
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    REQUIRE(part == expected.substr(0, part.size()));
    expected.erase(0, part.size());
  }
  CHECK(stream.View() == expected);
}

TEST_CASE("Reset forgets the text and the errors and keeps the storage", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a);
  stream << std::string(1000, 'x');
  const std::size_t len = a.Len();
  std::string word;
  stream >> word >> word;
  CHECK(stream.fail());
  stream.Reset();
  CHECK(stream.good());
  CHECK(stream.View().empty());
  stream << std::string(900, 'y');
  CHECK(stream.View() == std::string(900, 'y'));
  CHECK(a.Len() == len);
}

TEST_CASE("a stream without memory is bad and keeps what it had", "[stream][places]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .limit = 100});
  arena::ArenaStream stream(a);
  SECTION("in one piece") {
    stream << "before ";
    stream << std::string(200, 'x');
    CHECK(stream.View() == "before ");
  }
  SECTION("character by character") {
    for (int i = 0; i < 200; ++i) stream.put('x');
    CHECK(stream.View() == std::string(100, 'x'));
  }
  CHECK(stream.bad());
  stream.clear();
  CHECK(stream.get() != std::char_traits<char>::eof());
}

TEST_CASE("a stream that is told to throws what the arena throws", "[stream]") {
  arena::MonotonicArena a({.min_buffer_size = 100, .limit = 100});
  arena::ArenaStream stream(a);
  stream.exceptions(std::ios::badbit);
  CHECK_THROWS_AS(stream << std::string(200, 'x'), std::bad_alloc);
  CHECK_THROWS_AS(arena::ArenaStream(a, std::string(200, 'x')), std::bad_alloc);
}

TEST_CASE("a stream cannot seek", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a, "text");
  CHECK(stream.tellg() == std::streampos(-1));
  stream.seekg(0);
  CHECK(stream.fail());
}
