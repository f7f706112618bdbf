// SPDX-License-Identifier: Apache-2.0
//
// WriteTo hands the unread bytes to a stream or a callable and keeps what that does not take.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <functional>
#include <ios>
#include <ostream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/catch.hpp"

namespace {

// A stream buffer that takes so many characters and then no more, or throws.
class NarrowBuf : public std::streambuf {
 public:
  explicit NarrowBuf(std::size_t room, bool throws = false) : room_(room), throws_(throws) {}
  std::string text;

 protected:
  int_type overflow(int_type c) override {
    if (text.size() == room_) {
      if (throws_) throw std::runtime_error("the sink broke");
      return traits_type::eof();
    }
    text += traits_type::to_char_type(c);
    return c;
  }
  std::streamsize xsputn(const char* data, std::streamsize size) override {
    if (throws_) throw std::runtime_error("the sink broke");
    const std::size_t count = std::min(static_cast<std::size_t>(size), room_ - text.size());
    text.append(data, count);
    return static_cast<std::streamsize>(count);
  }

 private:
  std::size_t room_;
  bool throws_;
};

}  // namespace

TEST_CASE("WriteTo writes the unread bytes to a stream", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world");
  b.Next(6);
  std::ostringstream sink;
  CHECK(b.WriteTo(sink) == 5);
  CHECK(sink.str() == "world");
  CHECK(b.Len() == 0);
  CHECK(b.WriteTo(sink) == 0);
  b.Write("!");
  CHECK(b.WriteTo(sink) == 1);
  CHECK(sink.str() == "world!");
}

TEST_CASE("what a stream does not take stays in the buffer, and the stream is bad", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world");
  NarrowBuf narrow(4);
  std::ostream sink(&narrow);
  SECTION("without exceptions") { CHECK(b.WriteTo(sink) == 4); }
  SECTION("with exceptions") {
    sink.exceptions(std::ios::badbit);
    CHECK_THROWS_AS(b.WriteTo(sink), std::ios::failure);
  }
  CHECK(sink.bad());
  CHECK(narrow.text == "hell");
  CHECK(b.View() == "o world");
}

TEST_CASE("a stream that is not good takes nothing", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  std::ostringstream sink;
  sink.setstate(std::ios::badbit);
  CHECK(b.WriteTo(sink) == 0);
  std::ostream none(nullptr);
  CHECK(b.WriteTo(none) == 0);
  CHECK(b.View() == "text");
}

TEST_CASE("a stream buffer that throws makes the stream bad, as in std::ostream::write",
          "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  NarrowBuf broken(100, true);
  std::ostream sink(&broken);
  SECTION("without exceptions") { CHECK(b.WriteTo(sink) == 0); }
  SECTION("with exceptions") {
    sink.exceptions(std::ios::badbit);
    CHECK_THROWS_AS(b.WriteTo(sink), std::runtime_error);
  }
  CHECK(sink.bad());
  CHECK(b.View() == "text");
}

TEST_CASE("a stream that is tied is flushed first", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  struct Flushed : std::stringbuf {
    int count = 0;
    int sync() override {
      ++count;
      return 0;
    }
  } flushed;
  std::ostream tied(&flushed);
  std::ostringstream sink;
  sink.tie(&tied);
  CHECK(b.WriteTo(sink) == 4);
  CHECK(flushed.count == 1);
}

TEST_CASE("WriteTo calls each form of callable once, with everything", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  std::string seen;
  int calls = 0;
  const auto take = [&](const void* data, std::size_t size) {
    ++calls;
    seen.append(static_cast<const char*>(data), size);
    return size;
  };
  std::size_t count = 0;
  SECTION("a span of bytes") {
    count = b.WriteTo(
        [&](std::span<const std::byte> bytes) { return take(bytes.data(), bytes.size()); });
  }
  SECTION("a string view") {
    count = b.WriteTo([&](std::string_view text) { return take(text.data(), text.size()); });
  }
  SECTION("a span of chars") {
    count = b.WriteTo([&](std::span<const char> text) { return take(text.data(), text.size()); });
  }
  SECTION("a char pointer and a size, signed count") {
    count = b.WriteTo([&](const char* data, std::size_t size) {
      return static_cast<std::ptrdiff_t>(take(data, size));
    });
  }
  SECTION("a span of unsigned chars") {
    count = b.WriteTo(
        [&](std::span<const unsigned char> bytes) { return take(bytes.data(), bytes.size()); });
  }
  SECTION("a void pointer and a size") { count = b.WriteTo(take); }
  SECTION("one that returns nothing takes everything") {
    count = b.WriteTo([&](std::string_view text) { take(text.data(), text.size()); });
  }
  SECTION("a generic one gets bytes") {
    count = b.WriteTo([&](auto bytes) {
      static_assert(std::is_same_v<decltype(bytes), std::span<const std::byte>>);
      return take(bytes.data(), bytes.size());
    });
  }
  SECTION("a std::function") {
    const std::function<std::size_t(std::string_view)> call = [&](std::string_view text) {
      return take(text.data(), text.size());
    };
    count = b.WriteTo(call);
  }
  CHECK(count == 4);
  CHECK(calls == 1);
  CHECK(seen == "text");
  CHECK(b.Len() == 0);
}

TEST_CASE("WriteTo takes what writes like a stream", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  SECTION("and says how much it wrote") {
    struct {
      std::size_t write(const char*, std::size_t) { return 3; }
    } sink;
    CHECK(b.WriteTo(sink) == 3);
    CHECK(b.View() == "t");
  }
  SECTION("and says whether it wrote") {
    struct {
      bool good;
      bool write(const char*, std::size_t) { return good; }
    } sink{false};
    CHECK(b.WriteTo(sink) == 0);
    CHECK(b.View() == "text");
    sink.good = true;
    CHECK(b.WriteTo(sink) == 4);
  }
  SECTION("and is false when it could not write") {
    struct Sink {
      bool good;
      Sink& write(const char*, std::ptrdiff_t) { return *this; }
      explicit operator bool() const { return good; }
    };
    Sink sink{false};
    CHECK(b.WriteTo(sink) == 0);
    CHECK(b.View() == "text");
    sink.good = true;
    CHECK(b.WriteTo(sink) == 4);
  }
  SECTION("and says nothing") {
    struct {
      std::string text;
      void write(const char* data, std::size_t size) { text.append(data, size); }
    } sink;
    CHECK(b.WriteTo(sink) == 4);
    CHECK(sink.text == "text");
    CHECK(b.Len() == 0);
  }
}

TEST_CASE("a sink that takes less leaves the rest in the buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world");
  CHECK(b.WriteTo([](std::string_view) { return 3; }) == 3);
  CHECK(b.View() == "lo world");
  CHECK(b.WriteTo([](std::string_view) { return 0; }) == 0);
  CHECK(b.WriteTo([](std::string_view) { return -1; }) == 0);
  CHECK(b.View() == "lo world");
  std::string all;
  const auto narrow = [&](std::string_view text) {
    all += text.substr(0, 3);
    return std::min<std::size_t>(text.size(), 3);
  };
  while (b.Len() != 0) b.WriteTo(narrow);
  CHECK(all == "lo world");
}

TEST_CASE("a sink that throws leaves everything in the buffer", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("text");
  CHECK_THROWS_AS(
      b.WriteTo([](std::string_view) -> std::size_t { throw std::runtime_error("broken"); }),
      std::runtime_error);
  CHECK(b.View() == "text");
}

TEST_CASE("what a sink has seen does not count as shown: its storage is used again", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  for (int i = 0; i < 1000; ++i) {
    b.Write(std::string(64, 'x'));
    b.WriteTo([](std::string_view) {});
  }
  CHECK(b.Cap() == 64);
}
