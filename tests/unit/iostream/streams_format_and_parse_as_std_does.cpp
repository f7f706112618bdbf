// SPDX-License-Identifier: Apache-2.0
//
// What is written to an ArenaStream with << is read from it with >>, as with std::stringstream.
#include <arena/arena.hpp>
#include <arena/iostream.hpp>
#include <cstddef>
#include <iomanip>
#include <istream>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("an ArenaStream formats as std::ostringstream does", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream out(a);
  std::ostringstream expected;
  const auto print = [](std::ostream& stream) {
    stream << "text " << 42 << ' ' << std::setw(8) << std::setprecision(3) << 3.14159 << std::hex
           << " 0x" << 255 << std::boolalpha << ' ' << true << std::string(2000, '.') << std::endl;
  };
  print(out);
  print(expected);
  CHECK(out.good());
  CHECK(out.View() == expected.str());
}

TEST_CASE("what was written is read back, in any mixture", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a);
  stream << "first " << 1 << ' ' << 1.5 << '\n';
  std::string word;
  int number = 0;
  double fraction = 0;
  stream >> word >> number >> fraction;
  CHECK(word == "first");
  CHECK(number == 1);
  CHECK(fraction == 1.5);
  CHECK(stream.View() == "\n");
  stream << "a second line\n"
         << "and a third";
  CHECK(stream.get() == '\n');
  std::string line;
  CHECK(std::getline(stream, line));
  CHECK(line == "a second line");
  CHECK(std::getline(stream, line));
  CHECK(line == "and a third");
  CHECK(stream.eof());
  CHECK_FALSE(std::getline(stream, line));
  stream.clear();
  stream << "more";
  CHECK(stream >> word);
  CHECK(word == "more");
}

TEST_CASE("a stream reads a text that it is given", "[stream]") {
  arena::MonotonicArena a;
  std::string text = "1 2 3 4 5";
  arena::ArenaStream in(a, text);
  text.assign(text.size(), 'x');  // it made a copy
  int sum = 0;
  for (int number = 0; in >> number;) sum += number;
  CHECK(sum == 15);
  CHECK(in.eof());
}

TEST_CASE("random reads and writes agree with std::stringstream", "[stream]") {
  const std::size_t buffer_size = GENERATE(100U, 1U << 20);
  arena::MonotonicArena a({.min_buffer_size = buffer_size});
  arena::ArenaStream stream(a);
  std::stringstream expected;
  for (int i = 0; i < 3000; ++i) {
    // Always some text left, so that neither comes to its end.
    const std::string text(static_cast<std::size_t>(i * 7 % 50), static_cast<char>('a' + i % 26));
    stream << i << ':' << text << ' ';
    expected << i << ':' << text << ' ';
    if (i % 3 == 0) a.Alloc(1, 1);
    if (i % 100 == 0) {
      const std::string all = expected.str();
      REQUIRE(stream.View() == all.substr(static_cast<std::size_t>(expected.tellg())));
    }
    if (i % 2 == 0) continue;
    std::string word, expected_word;
    stream >> word;
    expected >> expected_word;
    REQUIRE(word == expected_word);
    REQUIRE(stream.get() == expected.get());
  }
}

TEST_CASE("unformatted functions work on an ArenaStream", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a);
  stream.write("0123456789", 10).put('x');
  CHECK(stream.rdbuf()->in_avail() == 11);
  CHECK(stream.peek() == '0');
  char chars[4];
  stream.read(chars, 4);
  CHECK(std::string_view(chars, 4) == "0123");
  stream.unget();
  CHECK(stream.get() == '3');
  stream.putback('3');
  stream.ignore(3);
  CHECK(stream.rdbuf()->in_avail() == 5);
  CHECK(stream.readsome(chars, 4) == 4);
  CHECK(std::string_view(chars, 4) == "6789");
  CHECK(stream.get() == 'x');
  CHECK(stream.get() == std::char_traits<char>::eof());
}

TEST_CASE("a stream takes a stream buffer and an ArenaBuffer", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a), copy(a);
  stream << "from one stream ";
  arena::ArenaBuffer buffer(a);
  buffer.Write("and a buffer");
  CHECK(buffer.WriteTo(stream) == 12);
  copy << stream.rdbuf();
  CHECK(copy.View() == "from one stream and a buffer");
  CHECK(stream.View().empty());
  CHECK(buffer.ReadFrom(copy) == 28);
  CHECK(buffer.View() == "from one stream and a buffer");
}

TEST_CASE("an ArenaStreambuf serves any stream", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStreambuf streambuf(a);
  std::ostream out(&streambuf);
  std::istream in(&streambuf);
  out << "a word";
  std::string word;
  in >> word;
  CHECK(word == "a");
  CHECK(streambuf.View() == " word");
  streambuf.Reset();
  CHECK(streambuf.View().empty());
  out << "again";
  CHECK(streambuf.View() == "again");
}

TEST_CASE("an overflow without a character succeeds and puts nothing", "[stream]") {
  struct Open : arena::ArenaStreambuf {
    using ArenaStreambuf::ArenaStreambuf;
    using ArenaStreambuf::overflow;
  };
  arena::MonotonicArena a;
  Open streambuf(a);
  using CharTraits = Open::traits_type;
  CHECK_FALSE(CharTraits::eq_int_type(streambuf.overflow(CharTraits::eof()), CharTraits::eof()));
  CHECK(streambuf.View().empty());
  CHECK(CharTraits::eq_int_type(streambuf.overflow('x'), 'x'));
  CHECK(streambuf.View() == "x");
}

TEST_CASE("what was got can be put back, also when the end was met", "[stream]") {
  arena::MonotonicArena a;
  arena::ArenaStream stream(a, "12");
  int number = 0;
  stream >> number;
  CHECK(stream.eof());
  stream.clear();
  CHECK(stream.unget().good());
  CHECK(stream.unget().good());
  CHECK_FALSE(stream.unget().good());  // the front
  stream.clear();
  CHECK(stream.get() == '1');
  CHECK(stream.rdbuf()->in_avail() == 1);
  CHECK(stream.rdbuf()->sgetc() == '2');
  CHECK(stream.rdbuf()->sungetc() == '1');
  CHECK(stream.get() == '1');
  stream << '3';
  CHECK(stream.View() == "23");  // ends it
  CHECK_FALSE(stream.unget().good());
}

TEST_CASE("streams over an arena are neither copied nor moved", "[stream]") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::ArenaStream>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::ArenaStream>);
  STATIC_REQUIRE_FALSE(std::is_move_assignable_v<arena::ArenaStream>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<arena::ArenaStreambuf>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<arena::ArenaStreambuf>);
  STATIC_REQUIRE_FALSE(std::is_move_assignable_v<arena::ArenaStreambuf>);
}
