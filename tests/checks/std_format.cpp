// SPDX-License-Identifier: Apache-2.0
//
// Format and std::format_to into an arena, where the standard library has <format>; a program of
// its own, because the compiler and the library that have it need not be those of the tests. Ends
// with 77, which means skipped, where there is none.
#include <arena/arena.hpp>
#include <arena/format.hpp>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#if ARENA_HAS_FORMAT

namespace {

int checked = 0;
int failed = 0;

void Check(bool right, int line) {
  ++checked;
  if (right) return;
  ++failed;
  std::printf("FAILED: line %d\n", line);
}
#define CHECK(condition) Check(condition, __LINE__)

struct Point {
  int x;
  int y;
};

// Breaks in the middle of its output.
struct Fragile {
  bool broken;
};

// Breaks when it is formatted again.
struct Fickle {
  int* times;
};

}  // namespace

template <>
struct std::formatter<Fickle> {
  constexpr auto parse(std::format_parse_context& context) { return context.begin(); }
  auto format(const Fickle& fickle, std::format_context& context) const {
    if (++*fickle.times == 2) throw std::runtime_error("the formatter broke");
    return context.out();
  }
};

template <>
struct std::formatter<Point> {
  constexpr auto parse(std::format_parse_context& context) { return context.begin(); }
  auto format(const Point& point, std::format_context& context) const {
    return std::format_to(context.out(), "({}, {})", point.x, point.y);
  }
};

template <>
struct std::formatter<Fragile> {
  constexpr auto parse(std::format_parse_context& context) { return context.begin(); }
  auto format(const Fragile& fragile, std::format_context& context) const {
    auto out = std::format_to(context.out(), "half of it");
    if (fragile.broken) throw std::runtime_error("the formatter broke");
    return out;
  }
};

namespace {

void TheResultIsThatOfStdFormat() {
  arena::MonotonicArena a;
  int count = 3;
  const std::string name = "apples";
  CHECK(arena::Format(a, "{} {:>8}|{:.2f}", count, name, 1.5) == "3   apples|1.50");
  CHECK(arena::Format(a, "{1} {0}", "b", std::string("a")) == "a b");
  CHECK(arena::Format(a, "{}", Point{1, 2}) == "(1, 2)");
  CHECK(arena::Format(a, "{:{}}", 7, 4) == "   7");
  CHECK(arena::Format(a, "").empty());
}

void TheResultLiesInTheArenaWithANulBehind() {
  arena::MonotonicArena a;
  std::size_t len = 0;
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 1000U, 100000U}) {
    const std::string text(size, 'x');
    const std::string_view view = arena::Format(a, "{}", text);
    CHECK(view == text);
    CHECK(a.Owns(view.data()));
    CHECK(view.data()[size] == '\0');
    CHECK(std::strlen(view.data()) == size);
    len += size + 1;
    CHECK(a.Len() == len);
  }
}

void ArgumentsAreLeftAlone() {
  arena::MonotonicArena a;
  std::string text(1000, 'x');
  CHECK(arena::Format(a, "{}", std::move(text)) == std::string(1000, 'x'));
  CHECK(text == std::string(1000, 'x'));
}

void FailuresLeaveTheArenaAsItWas() {
  arena::MonotonicArena a({.min_buffer_size = 1024, .limit = 1024});
  static_cast<void>(arena::Format(a, "{}", "before"));
  const std::size_t len = a.Len();
  for (const std::size_t size : {1020U, 100000U}) {
    bool thrown = false;
    try {
      static_cast<void>(arena::Format(a, "{}", std::string(size, 'x')));
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    CHECK(thrown);
    CHECK(a.Len() == len);
  }
  bool thrown = false;
  try {
    static_cast<void>(arena::Format(a, "{}", Fragile{true}));
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  CHECK(thrown);
  CHECK(a.Len() == len);

  arena::MonotonicArena roomy;
  int times = 0;
  thrown = false;
  try {
    static_cast<void>(arena::Format(roomy, "{}{}", std::string(1000, 'x'), Fickle{&times}));
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  CHECK(thrown);
  CHECK(roomy.Len() == 0);
}

void ABufferIsAnOutputContainer() {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  std::format_to(std::back_inserter(b), "{}: {:>6.2f}|{}", "pi", 3.14159, std::string(500, 'x'));
  CHECK(b.View() == "pi:   3.14|" + std::string(500, 'x'));
}

}  // namespace

int main() {
  TheResultIsThatOfStdFormat();
  TheResultLiesInTheArenaWithANulBehind();
  ArgumentsAreLeftAlone();
  FailuresLeaveTheArenaAsItWas();
  ABufferIsAnOutputContainer();
  std::printf("%d checked, %d failed\n", checked, failed);
  return failed == 0 && checked > 30 ? 0 : 1;
}

#else

int main() {
  std::puts("skipped: the standard library has no <format>");
  return 77;
}

#endif
