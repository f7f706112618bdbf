// SPDX-License-Identifier: Apache-2.0
//
// What a view shows stays as it is while the buffer is read, written to, moved and destroyed.
#include <arena/arena.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("Next shows the bytes where they lie and counts them as read", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("hello world");
  const char* const start = b.View().data();
  const std::span<const std::byte> first = b.Next(5);
  CHECK(AsText(first) == "hello");
  CHECK(reinterpret_cast<const char*>(first.data()) == start);
  CHECK(b.View() == " world");
  const std::span<const std::byte> rest = b.Next(100);
  CHECK(AsText(rest) == " world");
  CHECK(b.Next(5).empty());
  CHECK(AsText(first) == "hello");
}

TEST_CASE("reading never moves bytes", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("0123456789");
  const char* const start = b.View().data();
  char target[2];
  b.Read(target);
  CHECK(b.View().data() == start + 2);
  b.ReadByte();
  CHECK(b.View().data() == start + 3);
  b.WriteTo([](std::string_view) { return 2; });
  CHECK(b.View().data() == start + 5);
  CHECK(std::string_view(start, 10) == "0123456789");
}

TEST_CASE("a view shows the same after reads, and after writes that grow the buffer", "[buffer]") {
  // Enough room to grow in place, or none.
  const std::size_t buffer_size = GENERATE(64U, 1U << 20);
  const bool neighbours = GENERATE(false, true);
  arena::MonotonicArena a({.min_buffer_size = buffer_size});
  arena::ArenaBuffer b(a);
  std::vector<std::pair<std::string_view, std::string>> shown;
  for (int round = 0; round < 100; ++round) {
    b.Write("<" + std::to_string(round) + ">");
    if (round % 3 == 0) shown.emplace_back(b.View(), b.String());
    if (round % 3 == 1) {
      const std::string_view bytes = AsText(b.Next(3));
      shown.emplace_back(bytes, bytes);
    }
    if (round % 3 == 2) {
      shown.emplace_back(AsText(b.Bytes()), b.String());
      std::string all(b.Len(), ' ');
      b.Read(all);
    }
    if (neighbours) a.Alloc(1, 1);
  }
  for (const auto& [view, text] : shown) CHECK(view == text);
}

TEST_CASE("a view of a drained buffer keeps its bytes when the buffer is filled again",
          "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::vector<std::string_view> lines;
  for (int i = 0; i < 200; ++i) {
    b.Write("line ");
    b.Write(std::to_string(i));
    lines.push_back(AsText(b.Next(b.Len())));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i] == "line " + std::to_string(i));
}

TEST_CASE("what Bytes and View have shown stays when it is read and the buffer filled again",
          "[buffer]") {
  const bool as_text = GENERATE(false, true);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::vector<std::string_view> lines;
  std::string target(100, ' ');
  for (int i = 0; i < 200; ++i) {
    b.Write("line ");
    b.Write(std::to_string(i));
    lines.push_back(as_text ? b.View() : AsText(b.Bytes()));
    REQUIRE(b.Read(target) == lines.back().size());
  }
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i] == "line " + std::to_string(i));
}

TEST_CASE("the end of a buffer and a move leave its views alone", "[buffer]") {
  arena::MonotonicArena a;
  std::string_view first, second;
  {
    arena::ArenaBuffer b(a);
    b.Write("first");
    first = b.View();
    arena::ArenaBuffer other = std::move(b);
    b.Write("second");
    second = b.View();
    other = arena::ArenaBuffer(a);
    other.Write("third");
  }
  a.Alloc(100, 1);
  CHECK(first == "first");
  CHECK(second == "second");
}

TEST_CASE("Truncate leaves views of what was read alone", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("read|unread");
  const std::string_view read = AsText(b.Next(5));
  b.Truncate(0);
  b.Write("other text that is longer");
  CHECK(read == "read|");
  CHECK(b.View() == "other text that is longer");
}

TEST_CASE("views that show nothing keep nothing", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::string target(64, ' ');
  for (int i = 0; i < 1000; ++i) {
    b.Write(std::string(64, 'x'));
    b.Read(target);
    CHECK(b.View().empty());
    CHECK(b.Bytes().empty());
    CHECK(b.Next(1).empty());
  }
  CHECK(b.Cap() == 64);
}
