// SPDX-License-Identifier: Apache-2.0
//
// WritePicture: a row for each buffer says what its bytes are.
#include <arena/arena.hpp>
#include <arena/picture.hpp>
#include <cstddef>
#include <cstdio>
#include <ios>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

std::string Legend() { return "# handed out  - free  c cleanup records  = used  { scope"; }

// The lines between the figures and the legend.
std::vector<std::string> Rows(const arena::MonotonicArena& a) {
  std::stringstream stream;
  arena::WritePicture(stream, a);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  REQUIRE(lines.size() >= 2);
  CHECK(lines.back() == Legend());
  std::stringstream figures;
  figures << a.Stats();
  CHECK(lines.front() == figures.str());
  return {lines.begin() + 1, lines.end() - 1};
}

// A row of 5000 bytes: a cell stands for 100 of them.
std::string Row(const std::string& cells, const std::string& label) {
  REQUIRE(cells.size() == 50);
  return "[" + cells + "]      5000  " + label;
}
std::string Cells(char first, std::size_t count, char second) {
  return std::string(count, first) + std::string(50 - count, second);
}

struct Noted {
  ~Noted() {}
};

}  // namespace

using Lines = std::vector<std::string>;

TEST_CASE("an arena without a buffer has a picture without a row", "[picture]") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  CHECK(Rows(a).empty());
}

TEST_CASE("the window's row shows what is handed out and what is free", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  CHECK(Rows(a) == Lines{Row(std::string(50, '-'), "window")});
  static_cast<void>(a.Alloc(2000, 1));
  CHECK(Rows(a) == Lines{Row(Cells('#', 20, '-'), "window")});
  static_cast<void>(a.Alloc(3000, 1));
  CHECK(Rows(a) == Lines{Row(std::string(50, '#'), "window")});
}

TEST_CASE("the first byte handed out and the last one free are seen", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  static_cast<void>(a.Alloc(1, 1));
  CHECK(Rows(a) == Lines{Row(Cells('#', 1, '-'), "window")});
  static_cast<void>(a.Alloc(4998, 1));
  CHECK(Rows(a) == Lines{Row(Cells('#', 49, '-'), "window")});
}

TEST_CASE("cleanup records are shown at the end of their buffer", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  static_cast<void>(a.Alloc(1000, 1));
  arena::Allocate<Noted>(a);  // a record and a link: 32 bytes
  CHECK(Rows(a) == Lines{Row(std::string(11, '#') + std::string(38, '-') + "c", "window")});
}

TEST_CASE("a retired chunk is shown as used, its waste in the figures", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer_count = 2});
  arena::Allocate<Noted>(a);
  static_cast<void>(a.Alloc(4749, 1));
  static_cast<void>(a.Alloc(1000, 1));
  CHECK(Rows(a) == Lines{Row(std::string(50, '='), "retired"), Row(Cells('#', 10, '-'), "window")});
  CHECK(a.Stats().waste == 218);
}

TEST_CASE("spare buffers are behind the window, and all free after Reset", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer_count = 2});
  CHECK(Rows(a) == Lines{Row(std::string(50, '-'), "window"), Row(std::string(50, '-'), "spare")});
  static_cast<void>(a.Alloc(5000, 1));
  static_cast<void>(a.Alloc(5000, 1));
  CHECK(Rows(a) ==
        Lines{Row(std::string(50, '='), "retired"), Row(std::string(50, '#'), "window")});
  a.Reset();
  CHECK(Rows(a) == Lines{Row(std::string(50, '-'), "window"), Row(std::string(50, '-'), "spare")});
}

TEST_CASE("a large request is shown as oversized, and spare after Reset", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  static_cast<void>(a.Alloc(114688));
  const Lines rows = Rows(a);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == Row(std::string(50, '-'), "window"));
  CHECK(rows[1] == "(" + std::string(50, '=') + ")    114688  oversized");
  a.Reset();
  CHECK(Rows(a).back() == "  ... 1 spare oversized, 114688 bytes in all");
}

TEST_CASE("the start of each open scope is shown where it is", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  static_cast<void>(a.Alloc(1050, 1));
  {
    const arena::ArenaScope outer(a);
    static_cast<void>(a.Alloc(1000, 1));
    const arena::ArenaScope inner(a);
    static_cast<void>(a.Alloc(950, 1));
    CHECK(Rows(a) == Lines{Row(std::string(10, '#') + "{" + std::string(9, '#') + "{" +
                                   std::string(9, '#') + std::string(20, '-'),
                               "window")});
  }
  CHECK(Rows(a) == Lines{Row(Cells('#', 11, '-'), "window")});
}

TEST_CASE("a scope that was opened on a full buffer is shown in its last cell", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  static_cast<void>(a.Alloc(5000, 1));
  const arena::ArenaScope scope(a);
  CHECK(Rows(a) == Lines{Row(std::string(49, '#') + "{", "window")});
}

TEST_CASE("the caller's buffer is called so", "[picture]") {
  alignas(16) std::byte storage[5008];
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer = std::span(storage)});
  CHECK(Rows(a)[0] == "[" + std::string(50, '-') + "]      5008  window, initial");
  static_cast<void>(a.Alloc(5008, 1));
  static_cast<void>(a.Alloc(1, 1));
  CHECK(Rows(a)[0] == "[" + std::string(50, '=') + "]      5008  retired, initial");
}

TEST_CASE("the caller's buffer that Reserve passed over is a spare", "[picture]") {
  alignas(16) std::byte storage[5008];
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer = std::span(storage)});
  a.Reserve(6000);
  const Lines rows = Rows(a);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1] == "[" + std::string(50, '-') + "]      5008  spare, initial");
}

TEST_CASE("of many buffers of a kind only the last ones have a row", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer_count = 100});
  Lines rows = Rows(a);
  CHECK(rows.size() == 7);
  CHECK(rows.back() == "  ... 94 more spare, 470000 bytes in all");
  for (int i = 0; i < 100; ++i) static_cast<void>(a.Alloc(5000, 1));
  rows = Rows(a);
  REQUIRE(rows.size() == 6);
  CHECK(rows[0] == "  ... 95 more retired, 475000 bytes in all");
  CHECK(rows[1] == Row(std::string(50, '='), "retired"));
  CHECK(rows[5] == Row(std::string(50, '#'), "window"));
}

TEST_CASE("every buffer is in the picture, whatever happened to the arena", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000, .initial_buffer_count = 0});
  const auto all_there = [&a] {
    std::size_t count = 0;
    for (const std::string& row : Rows(a)) {
      std::size_t more = 0;
      if (std::sscanf(row.c_str(), "  ... %zu", &more) != 1) more = 1;
      count += more;
    }
    return count == a.Stats().buffers;
  };
  CHECK(all_there());
  a.Reserve(100);
  CHECK(all_there());
  static_cast<void>(a.Alloc(4990, 1));
  a.Reserve(100'000);
  CHECK(all_there());
  a.ShrinkTo(0);  // the window goes, the buffer before it was left
  CHECK(Rows(a) == Lines{Row(std::string(50, '='), "retired")});
  {
    const arena::ArenaScope scope(a);
    for (int i = 1; i < 60; ++i) {
      static_cast<void>(a.Alloc(static_cast<std::size_t>(i) * 301));
      CHECK(all_there());
    }
  }
  CHECK(all_there());
  a.Release();
  CHECK(Rows(a).empty());
}

TEST_CASE("the format of the stream does not matter and is kept", "[picture]") {
  arena::MonotonicArena a({.min_buffer_size = 5000});
  std::stringstream plain, odd;
  odd << std::hex << std::showbase << std::left;
  odd.fill('*');
  arena::WritePicture(plain, a);
  arena::WritePicture(odd, a) << 16;
  CHECK(odd.str() == plain.str() + "0x10");
}
