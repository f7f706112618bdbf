// SPDX-License-Identifier: Apache-2.0
//
// All figures of a MonotonicArena at once, as text: two of these compare with ==, and a failing
// check shows what differs.
#ifndef ARENA_TESTS_SUPPORT_FIGURES_HPP
#define ARENA_TESTS_SUPPORT_FIGURES_HPP

#include <arena/arena.hpp>
#include <string>

namespace arena_test {

inline std::string Figures(const arena::MonotonicArena& arena) {
  const arena::ArenaStats stats = arena.Stats();
  return "len " + std::to_string(stats.len) + ", cap " + std::to_string(stats.cap) + ", peak " +
         std::to_string(stats.peak) + ", buffers " + std::to_string(stats.buffers) + ", records " +
         std::to_string(stats.records) + ", waste " + std::to_string(stats.waste) + ", free " +
         std::to_string(stats.free);
}

// Whether the snapshot agrees with the arena's own figures and with itself.
inline bool FiguresAgree(const arena::MonotonicArena& arena) {
  const arena::ArenaStats stats = arena.Stats();
  return stats.len == arena.Len() && stats.cap == arena.Cap() && stats.peak == arena.Peak() &&
         stats.len <= stats.peak && stats.records <= stats.cap && stats.waste <= stats.cap &&
         stats.free <= stats.cap &&
         stats.cap == stats.len + stats.records + stats.waste + stats.free;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_FIGURES_HPP
