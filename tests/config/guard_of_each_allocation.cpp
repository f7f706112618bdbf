// SPDX-License-Identifier: Apache-2.0
//
// Which uses of memory that is not handed out trap with ARENA_HEAP=1 and a GuardResource that serves
// each allocation, without a sanitizer: all but two.
// needs: plain
// define: ARENA_HEAP=1
#include <sys/wait.h>
#include <unistd.h>

#include <arena/guard.hpp>
#include <csignal>
#include <cstdio>

#include "support/stale_memory.hpp"

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
constexpr const char* kPasses[] = {
    "fresh_callers_buffer",  // the caller's own storage, of which nothing was handed out
    "after_shrink",          // the block is as it was
};

// Whether the misuse ends its process with the fault.
bool IsFound(const char* misuse) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(2);
    arena::GuardResource guard;
    arena::SetHeapResource(&guard);
    arena_test::Commit(misuse);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  int wrong = 0;
  for (const char* const misuse : kTraps) {
    if (IsFound(misuse)) continue;
    std::printf("FAILED: %s does not trap\n", misuse);
    ++wrong;
  }
  for (const char* const misuse : kPasses) {
    if (!IsFound(misuse)) continue;
    std::printf("FAILED: %s traps\n", misuse);
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
