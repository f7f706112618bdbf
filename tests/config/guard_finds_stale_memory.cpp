// SPDX-License-Identifier: Apache-2.0
//
// Which uses of memory that is not handed out trap over a GuardResource with retain = 0, without a
// sanitizer: every use of a chunk that was freed, and none within a chunk that is in use.
// needs: plain
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
    "after_scope",
    "after_scope_in_a_later_buffer",
    "after_scope_in_a_dedicated_buffer",
    "after_scope_on_an_empty_arena",
    "slice_grown_in_a_scope",
};

constexpr const char* kNoArenaFrees = "an arena frees no single block, so its chunk is in use";
constexpr const char* kCallers = "the memory is the caller's";
constexpr const char* kFresh = "the byte lies in a chunk that is in use, and is not handed out yet";
constexpr arena_test::Passes kPasses[] = {
    {"after_release_in_the_callers_buffer", kCallers},
    {"fresh_callers_buffer", kCallers},
    {"after_deallocate", kNoArenaFrees},
    {"after_deallocate_in_a_dedicated_buffer", kNoArenaFrees},
    {"after_deallocate_through_a_decorator", kNoArenaFrees},
    {"vector_storage_after_growth", kNoArenaFrees},
    {"after_shrink", kNoArenaFrees},
    {"after_take_back", kNoArenaFrees},
    {"child_after_its_release", "the child's chunk is a block of its parent's chunk"},
    {"behind_the_last", kFresh},
    {"read_behind_the_last", kFresh},
    {"behind_the_last_after_growth", kFresh},
    {"behind_a_dedicated_block", "up to 64 bytes behind it are its chunk's"},
    {"fresh_memory", kFresh},
    {"reserved_memory", kFresh},
};

}  // namespace

int main() {
  const bool right = arena_test::TrapAndPass(kTraps, kPasses, [](const char* misuse) {
    arena::GuardResource guard;
    arena_test::Commit(misuse, {.retain = 0, .upstream = &guard});
  });
  return right ? 0 : 1;
}
#else
int main() { return 0; }
#endif
