// SPDX-License-Identifier: Apache-2.0
//
// A lease that cannot end, and one that has no arena.
// expect(open_scope): arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(open_scope_and_object): arena: Reset, Release or the end of an arena while one of its scopes is open
// expect(reset_from_cleanup): arena: Reset or Release was called from a cleanup of the same arena
// expect(empty): an empty lease has no arena
// expect(moved_from): an empty lease has no arena
#undef NDEBUG  // an assertion is part of what is tested
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

// Whose destructor is not to run.
struct EndsTheProgram {
  ~EndsTheProgram() { std::_Exit(3); }
};

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  arena::ArenaPool pool;
  arena::ArenaLease lease = pool.Acquire(1);
  std::optional<arena::ArenaScope> scope;
  if (which == "open_scope") {
    scope.emplace(*lease);
    lease.Return();
  }
  if (which == "open_scope_and_object") {
    scope.emplace(*lease);
    arena::Allocate<EndsTheProgram>(*lease);
    lease.Return();
  }
  if (which == "reset_from_cleanup") {
    arena::MonotonicArena& a = *lease;
    arena::Defer(a, [&a] { a.Reset(); });
    lease.Return();
  }
  if (which == "empty") {
    const arena::ArenaLease empty;
    empty->Alloc(1);
  }
  if (which == "moved_from") {
    const arena::ArenaLease moved = std::move(lease);
    lease->Alloc(1);
  }
}
