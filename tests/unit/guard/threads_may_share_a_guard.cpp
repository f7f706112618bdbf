// SPDX-License-Identifier: Apache-2.0
#if !defined(_WIN32)  // whether memory is accessible is asked as on POSIX systems
#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "support/accessible.hpp"
#include "support/catch.hpp"
#include "support/raw_memory.hpp"

using arena::GuardResource;

TEST_CASE("threads may share a guard, with more blocks than slots", "[guard][threads]") {
  GuardResource guard({.slot_count = 5});
  constexpr std::size_t kThreads = 4, kRounds = 60;
  std::vector<int> spoilt(kThreads, 0);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&guard, &spoilt, thread] {
      for (std::size_t i = 0; i < kRounds; ++i) {
        void* blocks[3];
        for (std::size_t j = 0; j < 3; ++j) {
          blocks[j] = guard.allocate(100 * (j + 1) + i);
          arena_test::Fill(blocks[j], 100 * (j + 1) + i, thread + j);
        }
        for (std::size_t j = 0; j < 3; ++j) {
          const std::size_t size = 100 * (j + 1) + i;
          if (!arena_test::StillHolds(blocks[j], size, thread + j)) ++spoilt[thread];
          guard.deallocate(blocks[j], size);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(spoilt == std::vector<int>(kThreads, 0));
  const arena::GuardStats stats = guard.Stats();
  CHECK(stats.guarded + stats.unguarded == kThreads * kRounds * 3);
  CHECK(stats.live == 0);
  CHECK(stats.quarantined == 5);
}

TEST_CASE("the guard of an address is found while others come and go", "[guard][threads]") {
  constexpr std::size_t kThreads = 4;
  std::vector<int> lost(kThreads, 0);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&lost, thread] {
      for (int i = 0; i < 50; ++i) {
        GuardResource guard({.slot_count = 2});
        void* const block = guard.allocate(100);
        const auto* const found = arena::detail::FindGuard(block);
        if (found == nullptr || found->name() != guard.Name().data()) ++lost[thread];
        guard.deallocate(block, 100);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(lost == std::vector<int>(kThreads, 0));
  int other = 0;
  CHECK(arena::detail::FindGuard(&other) == nullptr);
}
#endif
