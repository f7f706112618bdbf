// SPDX-License-Identifier: Apache-2.0
//
// A failure handler hears the message in place of standard error; when it returns, the program ends
// all the same.
// expect(replaced): ^heard: arena: scopes were left out of order
// expect(restored): ^arena: scopes were left out of order
#include <arena/arena.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

int main(int, char** argv) {
  const arena::FailureHandler before = arena::SetFailureHandler(
      [](const char* message) { std::fprintf(stderr, "heard: %s\n", message); });
  if (std::string_view(argv[1]) == "restored") {
    arena::SetFailureHandler(nullptr);
  }
  if (before == nullptr) std::_Exit(0);
  arena::MonotonicArena a;
  std::optional<arena::ArenaScope> outer;
  std::optional<arena::ArenaScope> inner;
  outer.emplace(a);
  inner.emplace(a);
  outer.reset();
  std::_Exit(0);
}
