// SPDX-License-Identifier: Apache-2.0
//
// The const functions of a buffer may run on several threads at the same time.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("several threads look at one buffer", "[buffer][threads]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Write("seen by all");
  const arena::ArenaBuffer& shared = b;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) {
        if (shared.View() == "seen by all" && shared.Bytes().size() == 11 &&
            shared.String() == "seen by all" && shared.Len() == 11 && shared.Cap() >= 11) {
          ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 4000);
}
