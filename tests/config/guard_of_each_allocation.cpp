// SPDX-License-Identifier: Apache-2.0
//
// Which uses of memory that is not handed out trap with ARENA_HEAP=1 and a GuardResource that serves
// each allocation, without a sanitizer: all but two.
// needs: plain
// define: ARENA_HEAP=1
#include <arena/guard.hpp>

#if ARENA_HAS_GUARD
#include "support/stale_memory.hpp"
#include "support/trapping_misuse.hpp"

namespace {

constexpr const char* kTraps[] = {
    "after_reset",
    "after_reset_in_a_left_buffer",
    "after_reset_in_a_dedicated_buffer",
    "object_after_reset",
    "slice_after_reset",
    "after_release",
    "after_release_in_the_callers_buffer",
    "after_scope",
    "after_scope_in_a_later_buffer",
    "after_scope_in_a_dedicated_buffer",
    "after_scope_on_an_empty_arena",
    "slice_grown_in_a_scope",
    "after_deallocate",
    "after_deallocate_in_a_dedicated_buffer",
    "vector_storage_after_growth",
    "after_deallocate_through_a_decorator",
    "child_after_its_release",
    "after_take_back",
    "behind_the_last",
    "read_behind_the_last",
    "behind_the_last_after_growth",
    "behind_a_dedicated_block",
    "fresh_memory",
    "reserved_memory",
};
constexpr arena_test::Passes kPasses[] = {
    {"fresh_callers_buffer", "the memory is the caller's, and nothing of it was handed out"},
    {"after_shrink", "the block is as it was"},
};

}  // namespace

int main() {
  const bool right = arena_test::TrapAndPass(kTraps, kPasses, [](const char* misuse) {
    arena::GuardResource guard;
    arena::SetHeapResource(&guard);
    arena_test::Commit(misuse);
  });
  return right ? 0 : 1;
}
#else
int main() { return 0; }
#endif
