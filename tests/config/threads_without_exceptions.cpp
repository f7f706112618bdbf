// SPDX-License-Identifier: Apache-2.0
//
// Threads share an arena without exceptions and without run-time type information: what a limit
// refuses is null, and every object that was made dies once.
// options: -fno-exceptions -fno-rtti
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "support/check.hpp"

namespace {

using arena_test::Check;

std::atomic<int> live = 0;
struct Counted {
  Counted() { ++live; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --live; }
  std::size_t bytes[4] = {};
};

}  // namespace

int main() {
  arena::MonotonicArena base({.min_buffer_size = 1024, .limit = 64 * 1024});
  arena::ThreadCachedArena shared(base);
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> made = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&shared, &made] {
        const arena::ThreadCachedArena::Local local(shared);
        while (arena::TryAllocate<Counted>(shared) != nullptr) ++made;
        while (arena::TryAllocate<Counted>(local) != nullptr) ++made;
      });
    }
    for (std::thread& thread : threads) thread.join();
    // How many depends on which thread comes to the limit first: a large chunk of the round before may
    // serve a small request there.
    Check(made > 0, "objects are made up to the limit");
    Check(live == made, "what was made is there");
    Check(shared.TryAlloc(60 * 1024) == nullptr, "what does not fit is refused");
    shared.Reset();
    Check(live == 0, "every object dies once");
    Check(shared.Len() == 0, "nothing is left");
  }
  return arena_test::ExitStatus();
}
