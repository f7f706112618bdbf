// SPDX-License-Identifier: Apache-2.0
//
// A page of figures and the lines of a log are formatted with fmt into one arena. See arena_fmt.hpp.
#include <fmt/format.h>

#include <arena/arena.hpp>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "arena_fmt.hpp"

struct Route {
  std::string_view path;
  unsigned requests;
  double milliseconds;
};
constexpr Route kRoutes[] = {{"/orders", 12, 0.25}, {"/process", 3, 1.5}, {"/stats", 1, 0.0625}};

// As libraries have them: it takes fmt's buffer.
void AppendRow(adapters::MemoryBuffer& page, const Route& route) {
  fmt::format_to(std::back_inserter(page), "{:<10}{:>6}{:>10.4f}\n", route.path, route.requests,
                 route.milliseconds);
}

int main() {
  arena::MonotonicArena a;

  // Single texts, each of its exact size, all alive until the arena is reset.
  arena::Slice<std::string_view> log;
  for (const Route& route : kRoutes) {
    log = arena::SliceAppend(a, log,
                             adapters::Format(a, "{} took {} ms", route.path, route.milliseconds));
  }
  for (const std::string_view line : log) std::printf("%s\n", line.data());

  // A long text that is built up in a buffer of fmt's.
  adapters::MemoryBuffer page(a);
  for (int i = 0; i < 100; ++i) {
    for (const Route& route : kRoutes) AppendRow(page, route);
  }
  std::printf("%.*s", 27, page.data());
  std::printf("%zu bytes, in the arena: %s\n", page.size(), a.Owns(page.data()) ? "yes" : "no");

  // And one in the library's own buffer.
  arena::ArenaBuffer out(a);
  fmt::format_to(std::back_inserter(out), "{:>{}}\n", "to the right", 20);
  std::printf("%.*s", static_cast<int>(out.Len()), out.View().data());
}
