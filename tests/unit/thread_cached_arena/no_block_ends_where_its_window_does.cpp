// SPDX-License-Identifier: Apache-2.0
//
// The base does not take a block of a thread for its own last one: a window's last 16 bytes are never
// used, whichever way it came to be. Else a TryResize by the base, which another thread's may be, would
// move the base's cursor into a window that is in use.
#include <arena/arena.hpp>
#include <cstddef>
#include <thread>

#include "support/catch.hpp"

using arena::ThreadCachedArena;

namespace {

// Fills the window to its last byte with blocks of one byte, the last of which is returned: the one
// after which the base's Len grows.
void* FillWindow(arena::Arena& a, const arena::MonotonicArena& base) {
  void* last = a.Alloc(1, 1);
  const std::size_t len = base.Len();
  for (;;) {
    void* const block = a.Alloc(1, 1);
    if (base.Len() != len) return last;
    last = block;
  }
}

}  // namespace

TEST_CASE("no block ends where its window does", "[threads]") {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  ThreadCachedArena a(base, {.first_window = 1024, .window = 4096, .max_window = 8192});
  // The first window, those that double, and full ones; through the arena and through a Local.
  const bool through_local = GENERATE(false, true);
  a.Alloc(1, 1);
  const ThreadCachedArena::Local local(a);
  arena::Arena& used = through_local ? *local : a;
  for (int window = 0; window < 24; ++window) {
    const std::size_t len = base.Len();
    // The next window is there already, behind this one: the base's last block.
    auto* const last = static_cast<std::byte*>(FillWindow(used, base));
    CHECK_FALSE(base.TryResize(last, 1, 0));
    CHECK(base.Len() > len);
  }
}

TEST_CASE("another thread does not resize the last block of a full window", "[threads][places]") {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  ThreadCachedArena a(base);
  // A window in front of which and behind which there is nothing else, filled up to its end.
  auto* block = static_cast<std::byte*>(a.Alloc(1, 1));
  std::size_t size = 1;
  while (a.TryResize(block, size, size + 1)) ++size;
  CHECK(size > 100);
  const std::size_t len = base.Len();
  CHECK_FALSE(base.TryResize(block, size, 0));
  CHECK_FALSE(base.TryResize(block, size, size - 1));
  CHECK_FALSE(base.TryResize(block, size, size + 1));
  std::thread other([&] {
    CHECK_FALSE(a.TryResize(block, size, 0));
    a.Alloc(1, 1);
    CHECK_FALSE(a.TryResize(block, size, 0));
    const ThreadCachedArena::Local local(a);
    CHECK_FALSE(local->TryResize(block, size, size - 1));
  });
  other.join();
  CHECK(base.Len() >= len);
  CHECK(a.TryResize(block, size, 1));
  CHECK(a.Len() == 2);
}
