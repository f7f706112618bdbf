// SPDX-License-Identifier: Apache-2.0
//
// The windows of threads lie on different cache lines. (Blocks that do not come from windows have the
// alignment that was asked for, like all others.)
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <map>

#include "support/catch.hpp"
#include "support/crew.hpp"

TEST_CASE("blocks of two threads lie on different cache lines", "[threads][places]") {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kSize = 16;  // fills windows to their end
  arena::MonotonicArena base({.min_buffer_size = 64 * 1024});
  // Wherever in a line the first window could begin.
  base.Alloc(GENERATE(std::size_t{16}, 32, 48, 64), 16);
  arena::ThreadCachedArena a(base, {.first_window = 0, .window = 1024, .max_window = 1024});
  arena_test::Crew crew(kThreads);
  std::map<std::uintptr_t, std::size_t> owner;  // of each line
  std::size_t shared_lines = 0;
  for (std::size_t i = 0; i < 1500; ++i) {
    const std::size_t thread = i % kThreads;
    crew.Do(thread, [&] {
      const auto line = reinterpret_cast<std::uintptr_t>(a.Alloc(kSize, kSize)) / kLine;
      if (owner.emplace(line, thread).first->second != thread) ++shared_lines;
    });
  }
  CHECK(owner.size() >= 1500 * kSize / kLine);
  CHECK(shared_lines == 0);
}
