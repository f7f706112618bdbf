// SPDX-License-Identifier: Apache-2.0
//
// Objects whose constructors throw, in several threads that share an arena, are undone without writing
// to what the threads share, and leave nothing behind.
#include <arena/arena.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

struct Impossible {
  Impossible() { throw std::runtime_error("it cannot be made"); }
  int numbers[10] = {};
};

template <class Shared>
void FailInThreads() {
  arena::MonotonicArena base;
  Shared shared(base);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 200; ++i) {
        try {
          arena::Allocate<Impossible>(shared);
        } catch (const std::runtime_error&) {
          static_cast<void>(shared.Alloc(8));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(shared.Len() >= 3 * 200 * 8);
  shared.Reset();
  CHECK(shared.Len() == 0);
  CHECK(base.Len() == 0);
}

}  // namespace

TEST_CASE("threads that share an arena undo what their constructors did not finish", "[threads]") {
  SECTION("ConcurrentArena") { FailInThreads<arena::ConcurrentArena>(); }
  SECTION("ThreadCachedArena") { FailInThreads<arena::ThreadCachedArena>(); }
}
