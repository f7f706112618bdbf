// SPDX-License-Identifier: Apache-2.0
//
// ReadFrom takes everything a stream or a callable has; what was read stays when the source fails.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <functional>
#include <ios>
#include <span>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

// Gives out a text in pieces of at most `piece` bytes.
struct Pieces {
  std::string_view text;
  std::size_t piece = 1000;
  int calls = 0;

  std::size_t Give(char* data, std::size_t size) {
    ++calls;
    const std::size_t count = std::min({size, piece, text.size()});
    text.copy(data, count);
    text.remove_prefix(count);
    return count;
  }
};

// A stream buffer whose source throws after `good` characters.
class ThrowingBuf : public std::streambuf {
 public:
  explicit ThrowingBuf(std::string good) : good_(std::move(good)) {}

 protected:
  int_type underflow() override {
    if (given_) throw std::runtime_error("the source broke");
    given_ = true;
    setg(good_.data(), good_.data(), good_.data() + good_.size());
    return traits_type::to_int_type(good_[0]);
  }

 private:
  std::string good_;
  bool given_ = false;
};

std::size_t Nothing(std::span<char>) { return 0; }

}  // namespace

TEST_CASE("ReadFrom reads a stream to its end", "[buffer]") {
  const std::size_t size = GENERATE(0U, 1U, 511U, 512U, 513U, 1024U, 5000U, 300000U);
  CAPTURE(size);
  const std::string text(size, 'x');
  std::istringstream source(text);
  arena::MonotonicArena a({.min_buffer_size = 1024});
  arena::ArenaBuffer b(a);
  b.Write("before|");
  CHECK(b.ReadFrom(source) == size);
  CHECK(source.eof());
  CHECK(b.View() == "before|" + text);
}

TEST_CASE("ReadFrom appends one source after another", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK(b.ReadFrom(std::istringstream("hello ")) == 6);
  b.ReadByte();
  CHECK(b.ReadFrom(std::istringstream("world")) == 5);
  CHECK(b.View() == "ello world");
}

TEST_CASE("ReadFrom takes nothing from a stream that has failed before", "[buffer]") {
  std::istringstream source("text");
  source.setstate(std::ios::failbit);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK(b.ReadFrom(source) == 0);
  CHECK(b.Len() == 0);
}

TEST_CASE("a stream that breaks leaves what was read", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  ThrowingBuf broken("good");
  std::istream source(&broken);
  SECTION("and says so by its state") {
    // The standard does not count the characters of the read() that broke; libstdc++ does not
    // either.
    b.ReadFrom(source);
    CHECK(source.bad());
  }
  SECTION("and throws if it is told to") {
    source.exceptions(std::ios::badbit);
    CHECK_THROWS_AS(b.ReadFrom(source), std::runtime_error);
  }
  CHECK(std::string_view("good").substr(0, b.Len()) == b.View());
}

TEST_CASE("a stream that throws at its end leaves everything in the buffer", "[buffer]") {
  std::istringstream source(std::string(2000, 'x'));
  source.exceptions(std::ios::eofbit | std::ios::failbit);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK_THROWS_AS(b.ReadFrom(source), std::ios::failure);
  CHECK(b.View() == std::string(2000, 'x'));
}

TEST_CASE("ReadFrom calls each form of callable until it answers 0", "[buffer]") {
  const std::string text(3000, 'y');
  Pieces pieces{text, 700};
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::size_t count = 0;
  SECTION("a span of bytes") {
    count = b.ReadFrom([&](std::span<std::byte> room) {
      return pieces.Give(reinterpret_cast<char*>(room.data()), room.size());
    });
  }
  SECTION("a span of chars") {
    count = b.ReadFrom([&](std::span<char> room) { return pieces.Give(room.data(), room.size()); });
  }
  SECTION("a span of unsigned chars, signed count") {
    count = b.ReadFrom([&](std::span<unsigned char> room) -> std::ptrdiff_t {
      return static_cast<std::ptrdiff_t>(
          pieces.Give(reinterpret_cast<char*>(room.data()), room.size()));
    });
  }
  SECTION("a char pointer and a size") {
    count = b.ReadFrom([&](char* data, std::size_t size) { return pieces.Give(data, size); });
  }
  SECTION("a void pointer and a size") {
    count = b.ReadFrom([&](void* data, std::size_t size) {
      return static_cast<int>(pieces.Give(static_cast<char*>(data), size));
    });
  }
  SECTION("a generic one gets bytes") {
    count = b.ReadFrom([&](auto room) {
      static_assert(std::is_same_v<decltype(room), std::span<std::byte>>);
      return pieces.Give(reinterpret_cast<char*>(room.data()), room.size());
    });
  }
  SECTION("a std::function") {
    const std::function<std::size_t(std::span<char>)> call = [&](std::span<char> room) {
      return pieces.Give(room.data(), room.size());
    };
    count = b.ReadFrom(call);
  }
  SECTION("what reads like a stream but is none") {
    struct Duck {
      Pieces& pieces;
      std::size_t count = 0;
      void read(char* data, std::size_t size) { count = pieces.Give(data, size); }
      std::size_t gcount() const { return count; }
    };
    pieces.piece = 5000;
    pieces.calls = 5;
    count = b.ReadFrom(Duck{pieces});
  }
  CHECK(count == 3000);
  CHECK(b.View() == text);
  CHECK(pieces.calls > 5);
}

TEST_CASE("ReadFrom takes a plain function", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  CHECK(b.ReadFrom(Nothing) == 0);
  CHECK(b.ReadFrom(&Nothing) == 0);
}

TEST_CASE("a source is offered hundreds of bytes at a time, and all the room there is",
          "[buffer]") {
  arena::MonotonicArena a({.min_buffer_size = 1 << 20});
  arena::ArenaBuffer b(a);
  std::size_t calls = 0, smallest = SIZE_MAX, left = 200000;
  b.ReadFrom([&](std::span<char> room) {
    ++calls;
    smallest = std::min(smallest, room.size());
    const std::size_t count = std::min(left, room.size());
    std::fill_n(room.begin(), count, 'x');
    left -= count;
    return count;
  });
  CHECK(b.Len() == 200000);
  CHECK(smallest >= 512);
  CHECK(calls < 15);
}

TEST_CASE("a negative count ends the reading and keeps what came before", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  int calls = 0;
  const auto source = [&](std::span<char> room) -> std::ptrdiff_t {
    if (++calls % 3 == 0) return -1;
    std::memcpy(room.data(), "abc", 3);
    return 3;
  };
  CHECK(b.ReadFrom(source) == 6);
  CHECK(calls == 3);
  CHECK(b.View() == "abcabc");
  CHECK(b.ReadFrom(source) == 6);
  CHECK(b.View() == "abcabcabcabc");
}

TEST_CASE("a callable that throws leaves what came before", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  int calls = 0;
  const auto source = [&](std::span<char> room) -> std::size_t {
    std::memset(room.data(), 'a' + calls, room.size());
    if (++calls == 3) throw std::runtime_error("the source broke");
    return 5;
  };
  CHECK_THROWS_AS(b.ReadFrom(source), std::runtime_error);
  CHECK(b.View() == "aaaaabbbbb");
  b.Write("|");
  CHECK(b.View() == "aaaaabbbbb|");
}
