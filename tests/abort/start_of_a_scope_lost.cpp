// SPDX-License-Identifier: Apache-2.0
//
// A window whose cleanups were taken off below a mark cannot run those since the mark: it ends the
// program, before a cleanup runs that it does not have.
// expect: ^arena: the start of a scope was lost
#include <arena/detail/core/window.hpp>
#include <cstddef>

int main() {
  alignas(16) static std::byte memory[256];
  arena::detail::Window window;
  window.Set(memory, memory + sizeof(memory));
  if (!window.OpenSegment({[](void*) noexcept {}, nullptr})) return 0;
  const arena::detail::Window::Mark mark = window.MarkHere();
  arena::Cleanup taken;
  if (!window.TakeCleanup(&taken, nullptr)) return 0;
  window.RunCleanupsSince(mark);
  return 0;
}
