// SPDX-License-Identifier: Apache-2.0
//
// Peak() of a ThreadCachedArena, read while a block shrinks, has the height from before: tried with
// a shrink behind each instruction of Peak(). The processor traps there, and the handler shrinks the
// block, as another thread might. A program of its own, because it runs in single steps.
// needs: plain
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>

#if defined(__linux__) && defined(__x86_64__)
#include <csignal>

#include "support/check.hpp"

namespace {

constexpr std::size_t kSize = 500;

arena::ThreadCachedArena* shared = nullptr;
void* block = nullptr;
int steps = 0;
int shrink_at = 0;

void OnStep(int) {
  if (steps++ != shrink_at) return;
  arena_test::Check(shared->TryResize(block, kSize, 10), "the last block shrinks");
}

// Sets or clears the processor's trap flag, with the 128 bytes below the stack pointer left alone.
[[gnu::always_inline]] inline void StartSteps() {
  __asm__ volatile(
      "lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
          : "memory", "cc");
}
[[gnu::always_inline]] inline void EndSteps() {
  __asm__ volatile(
      "lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::
          : "memory", "cc");
}

[[gnu::noinline]] std::size_t PeakInSteps(const arena::Arena& a) {
  StartSteps();
  const std::size_t peak = a.Peak();
  EndSteps();
  return peak;
}

}  // namespace

int main() {
  struct sigaction action = {};
  action.sa_handler = &OnStep;
  if (sigaction(SIGTRAP, &action, nullptr) != 0) {
    std::puts("left out, there is no handler for single steps");
    return 0;
  }
  // Up to an instruction that is never reached: then Peak() has fewer.
  for (bool done = false; !done; ++shrink_at) {
    arena::MonotonicArena base;
    arena::ThreadCachedArena a(base);
    shared = &a;
    block = a.Alloc(kSize, 1);
    steps = 0;
    const std::size_t peak = PeakInSteps(a);
    arena_test::Check(peak == kSize, "Peak() is not below what Len() was");
    done = steps <= shrink_at;
    if (steps == 0) {
      std::puts("left out, the processor takes no single steps here");
      return 0;
    }
  }
  std::printf("Peak() has %d instructions\n", shrink_at);
  return arena_test::ExitStatus();
}
#else
int main() {
  std::puts("left out, single steps are for Linux on x86-64");
  return 0;
}
#endif
