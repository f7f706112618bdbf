// SPDX-License-Identifier: Apache-2.0
//
// Reset and Release of an arena from one of its own cleanups end the program: the memory would go
// while its owner still runs.
// expect(reset_in_reset): arena: Reset or Release was called from a cleanup of the same arena
// expect(release_in_reset): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_in_release): arena: Reset or Release was called from a cleanup of the same arena
// expect(release_in_release): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_in_the_end): arena: Reset or Release was called from a cleanup of the same arena
// expect(in_a_destructor): arena: Reset or Release was called from a cleanup of the same arena
// expect(in_a_later_cleanup): arena: Reset or Release was called from a cleanup of the same arena
// expect(in_an_inline_arena): arena: Reset or Release was called from a cleanup of the same arena
// expect(through_a_concurrent_arena): arena: Reset or Release was called from a cleanup of the same arena
// expect(through_a_decorator): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_in_scope_exit): arena: Reset, Release or the end of an arena while one of its scopes
// expect(release_in_scope_exit): arena: Reset, Release or the end of an arena while one of its scopes
#include <arena/arena.hpp>
#include <string_view>

namespace {

struct Resets {
  explicit Resets(arena::Arena& arena) : arena_(arena) {}
  ~Resets() { arena_.Reset(); }
  Resets(const Resets&) = delete;
  Resets& operator=(const Resets&) = delete;

 private:
  arena::Arena& arena_;
};

void Run(std::string_view misuse) {
  arena::MonotonicArena a;
  if (misuse == "reset_in_reset") {
    arena::Defer(a, [&a] { a.Reset(); });
    a.Reset();
  } else if (misuse == "release_in_reset") {
    arena::Defer(a, [&a] { a.Release(); });
    a.Reset();
  } else if (misuse == "reset_in_release") {
    arena::Defer(a, [&a] { a.Reset(); });
    a.Release();
  } else if (misuse == "release_in_release") {
    arena::Defer(a, [&a] { a.Release(); });
    a.Release();
  } else if (misuse == "reset_in_the_end") {
    arena::Defer(a, [&a] { a.Reset(); });
  } else if (misuse == "in_a_destructor") {
    arena::Allocate<Resets>(a, a);
    a.Reset();
  } else if (misuse == "in_a_later_cleanup") {
    // Registered by a cleanup, with the others done.
    arena::Defer(a, [&a] { arena::Defer(a, [&a] { a.Reset(); }); });
    for (int i = 0; i < 5000; ++i) arena::Defer(a, [] {});
    a.Reset();
  } else if (misuse == "in_an_inline_arena") {
    arena::InlineArena<256> inside;
    arena::Defer(inside, [&inside] { inside.Release(); });
  } else if (misuse == "through_a_concurrent_arena") {
    arena::ConcurrentArena shared(a);
    arena::Defer(shared, [&shared] { shared.Release(); });
    shared.Reset();
  } else if (misuse == "through_a_decorator") {
    arena::ArenaDecorator outer(a);
    arena::Defer(outer, [&outer] { outer.Reset(); });
    outer.Reset();
  } else if (misuse == "reset_in_scope_exit") {
    const arena::ArenaScope scope(a);
    arena::Defer(a, [&a] { a.Reset(); });
  } else if (misuse == "release_in_scope_exit") {
    const arena::ArenaScope scope(a);
    arena::Defer(a, [&a] { a.Release(); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  Run(argc > 1 ? argv[1] : "");
  return 0;
}
