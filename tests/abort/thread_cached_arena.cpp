// SPDX-License-Identifier: Apache-2.0
//
// What would corrupt the memory of threads that share an arena ends the program.
// expect(local_at_reset): arena: Reset, Release or the end of a ThreadCachedArena while a Local is held
// expect(local_of_another_thread_at_release): arena: Reset, Release or the end of a ThreadCachedArena while a Local is held
// expect(local_at_reset_of_the_base): arena: Reset, Release or the end of a ThreadCachedArena while a Local is held
// expect(local_at_the_end): arena: Reset, Release or the end of a ThreadCachedArena while a Local is held
// expect(call_at_reset): arena: Reset, Release or the end of a ThreadCachedArena while a thread is in a call
// expect(call_at_the_end): arena: Reset, Release or the end of a ThreadCachedArena while a thread is in a call
// expect(reset_from_cleanup): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_from_cleanup_at_reset_of_the_base): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_of_the_base_from_cleanup): arena: Reset or Release was called from a cleanup of the same arena
// expect(reset_of_a_local): arena: Reset or Release of a Local: reset the ThreadCachedArena itself
// expect(scope_in_use): arena: a scope was opened on the base of a ThreadCachedArena that was in use
// expect(inner_scope_in_use): arena: a scope was opened on the base of a ThreadCachedArena that was in use
// expect(scope_in_use_and_a_new_thread): arena: a scope was opened on the base of a ThreadCachedArena that was in use
// expect(open_scope_at_reset): arena: Reset, Release or the end of an arena while one of its scopes is open
#include <arena/arena.hpp>
#include <cstdlib>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <thread>

#include "support/interleaving.hpp"

namespace {

using arena::ThreadCachedArena;

void Run(std::string_view which) {
  arena_test::GatedResource upstream;
  arena::MonotonicArena base({.upstream = &upstream});
  std::optional<ThreadCachedArena> shared(base);
  arena_test::Gate gate;
  // Holds a thread up in a call or with a Local, until the program ends.
  const auto hold_up = [&](bool local) {
    std::thread([&, local] {
      shared->Alloc(1);
      std::optional<ThreadCachedArena::Local> held;
      if (local) held.emplace(*shared);
      if (local) return gate.Pass();
      upstream.before_allocate = &gate;
      shared->Alloc(1 << 20);
    }).detach();
    if (!gate.WaitUntilReached()) std::_Exit(0);
  };

  if (which == "local_at_reset") {
    const ThreadCachedArena::Local local(*shared);
    shared->Reset();
  } else if (which == "local_of_another_thread_at_release") {
    hold_up(true);
    shared->Release();
  } else if (which == "local_at_reset_of_the_base") {
    const ThreadCachedArena::Local local(*shared);
    base.Reset();
  } else if (which == "local_at_the_end") {
    const ThreadCachedArena::Local local(*shared);
    shared.reset();
  } else if (which == "call_at_reset") {
    hold_up(false);
    shared->Reset();
  } else if (which == "call_at_the_end") {
    hold_up(false);
    shared.reset();
  } else if (which == "reset_from_cleanup") {
    arena::Defer(*shared, [&shared] { shared->Reset(); });
    shared->Reset();
  } else if (which == "reset_from_cleanup_at_reset_of_the_base") {
    arena::Defer(*shared, [&shared] { shared->Release(); });
    base.Reset();
  } else if (which == "reset_of_the_base_from_cleanup") {
    // Of the part that ends first, while another one is there.
    shared->Alloc(1);
    std::thread([&] { arena::Defer(*shared, [&base] { base.Reset(); }); }).join();
    shared->Reset();
  } else if (which == "reset_of_a_local") {
    const ThreadCachedArena::Local local(*shared);
    local->Reset();
  } else if (which == "scope_in_use") {
    shared->Alloc(1);
    arena::ArenaScope scope(base);
    for (int i = 0; i < 1000; ++i) shared->Alloc(100);
  } else if (which == "inner_scope_in_use") {
    arena::ArenaScope outer(base);
    shared->Alloc(1);
    arena::ArenaScope inner(base);
    shared->Alloc(1 << 20);
  } else if (which == "scope_in_use_and_a_new_thread") {
    shared->Alloc(1);
    arena::ArenaScope scope(base);
    std::thread([&shared] { shared->Alloc(1); }).join();
  } else if (which == "open_scope_at_reset") {
    arena::ArenaScope scope(base);
    shared->Alloc(1);
    shared->Reset();
  }
}

}  // namespace

int main(int, char** arguments) { Run(arguments[1]); }
