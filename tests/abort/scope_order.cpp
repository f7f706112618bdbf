// SPDX-License-Identifier: Apache-2.0
//
// Scopes end in the reverse order of their beginning, or the program does.
// expect(outer_first): ^arena: scopes were left out of order
// expect(outer_first_with_objects): ^arena: scopes were left out of order
// expect(middle_first): ^arena: scopes were left out of order
// expect(outer_first_on_an_empty_arena): ^arena: scopes were left out of order
// expect(opened_by_a_cleanup): ^arena: scopes were left out of order
// expect(closed_by_a_cleanup): ^arena: scopes were left out of order
// expect(one_of_two_deleted): ^arena: scopes were left out of order
#include <arena/arena.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

void Run(std::string_view misuse) {
  const bool empty = misuse == "outer_first_on_an_empty_arena";
  arena::MonotonicArena a({.initial_buffer_count = empty ? 0u : 1u});
  std::optional<arena::ArenaScope> outer;
  std::optional<arena::ArenaScope> inner;
  if (misuse == "outer_first" || empty) {
    outer.emplace(a);
    inner.emplace(a);
    outer.reset();
  } else if (misuse == "outer_first_with_objects") {
    outer.emplace(a);
    arena::Allocate<std::string>(a, "an object of the outer scope");
    inner.emplace(a);
    arena::Allocate<std::string>(a, "an object of the inner scope");
    a.Alloc(100000, 1);
    outer.reset();
  } else if (misuse == "middle_first") {
    const arena::ArenaScope first(a);
    outer.emplace(a);
    inner.emplace(a);
    outer.reset();
  } else if (misuse == "opened_by_a_cleanup") {
    outer.emplace(a);
    arena::Defer(a, [&] { inner.emplace(a); });
    outer.reset();
  } else if (misuse == "closed_by_a_cleanup") {
    outer.emplace(a);
    inner.emplace(a);
    arena::Defer(a, [&] { outer.reset(); });
    inner.reset();
  } else if (misuse == "one_of_two_deleted") {
    auto first = std::make_unique<arena::ArenaScope>(a);
    const auto second = std::make_unique<arena::ArenaScope>(a);
    first.reset();
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  Run(argc > 1 ? argv[1] : "");
  return 0;
}
