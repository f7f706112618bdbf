// SPDX-License-Identifier: Apache-2.0
//
// AddressSanitizer reports a coroutine that is used when the memory of its frame is gone.
// needs: asan
// expect(resumed_after_reset): AddressSanitizer: use-after-poison
// expect(destroyed_after_reset): AddressSanitizer: use-after-poison
// expect(asked_after_reset): AddressSanitizer: use-after-poison
// expect(resumed_after_scope): AddressSanitizer: use-after-poison
// expect(resumed_after_release): AddressSanitizer: (heap-use-after-free|use-after-poison)
// expect(used_after_its_end): AddressSanitizer: use-after-poison
#include <arena/arena.hpp>
#include <optional>
#include <string_view>

#include "support/coroutines.hpp"

namespace {

using arena_test::Task;

ARENA_NOINLINE Task Answer(arena::Arena&, int value) { co_return value; }

// A pointer that the optimizer cannot follow, so that it does not see that the frame is gone.
template <class T>
T* Launder(T* pointer) {
  asm volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  static arena::MonotonicArena a;
  std::optional<arena::ArenaScope> scope(a);
  const bool in_scope = which == "resumed_after_scope";
  if (!in_scope) scope.reset();
  static std::optional<Task> task;
  task.emplace(Answer(a, 7));
  if (which == "used_after_its_end") {
    const auto* const frame = static_cast<const volatile char*>(task->frame());
    task.reset();  // the last allocation: its memory goes back
    return *Launder(frame);
  }
  if (in_scope) {
    scope.reset();
  } else if (which == "resumed_after_release") {
    a.Release();
  } else {
    a.Reset();
  }
  if (which == "destroyed_after_reset") {
    Launder(&task)->reset();
  } else if (which == "asked_after_reset") {
    return Launder(&task)->value().done() ? 1 : 2;
  } else {
    Launder(&task)->value().Resume();
  }
  return 0;
}
