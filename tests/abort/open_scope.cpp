// SPDX-License-Identifier: Apache-2.0
//
// An arena forgets nothing, and does not end, while one of its scopes is open; and no cleanup has
// run by then.
// expect(reset): ^arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(release): ^arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(end): ^arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(end_of_an_inline_arena): ^arena: Reset, Release or the end of an arena while one of its
// expect(reset_with_two_open): ^arena: Reset, Release or the end of an arena while one of its scopes
// expect(reset_of_an_empty_arena): ^arena: Reset, Release or the end of an arena while one of its
// expect(reset_with_cleanups): ^arena: Reset, Release or the end of an arena while one of its scopes
// expect(reset_through_a_decorator): ^arena: Reset, Release or the end of an arena while one of its
// expect(left_open_by_a_cleanup): ^arena: Reset, Release or the end of an arena while one of its
#include <arena/arena.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

namespace {

void Run(std::string_view misuse) {
  if (misuse == "end" || misuse == "end_of_an_inline_arena") {
    std::optional<arena::ArenaScope> outlives;
    if (misuse == "end") {
      arena::MonotonicArena a;
      outlives.emplace(a);
    } else {
      arena::InlineArena<128> a;
      outlives.emplace(a);
    }
    return;
  }
  if (misuse == "left_open_by_a_cleanup") {
    arena::MonotonicArena a;
    std::optional<arena::ArenaScope> scope;
    arena::Defer(a, [&] { scope.emplace(a); });
    a.Reset();
    return;
  }
  const bool empty = misuse == "reset_of_an_empty_arena";
  arena::MonotonicArena a({.initial_buffer_count = empty ? 0u : 1u});
  if (misuse == "reset_with_cleanups" || misuse == "reset_through_a_decorator") {
    arena::Defer(a, [] {
      std::puts("a cleanup has run");
      std::exit(0);
    });
  }
  const arena::ArenaScope scope(a);
  if (misuse == "reset" || misuse == "reset_with_cleanups" || empty) {
    a.Reset();
  } else if (misuse == "release") {
    a.Release();
  } else if (misuse == "reset_with_two_open") {
    const arena::ArenaScope inner(a);
    a.Alloc(100, 1);
    a.Reset();
  } else if (misuse == "reset_through_a_decorator") {
    arena::ConcurrentArena shared(a);
    shared.Reset();
  }
}

}  // namespace

int main(int argc, char** argv) {
  Run(argc > 1 ? argv[1] : "");
  std::_Exit(0);
}
