// SPDX-License-Identifier: Apache-2.0
//
// The fast way to share: a MonotonicArena per thread whose upstream is the shared arena.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEST_CASE("threads bump alone in buffers of the shared arena", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  std::atomic<std::size_t> objects = 0;
  {
    arena::MonotonicArena base({.min_buffer_size = 1 << 16, .upstream = &upstream});
    arena::ConcurrentArena shared(base);
    for (int round = 0; round < 3; ++round) {
      std::vector<std::thread> threads;
      for (int t = 0; t < 10; ++t) {
        threads.emplace_back([&, t] {
          arena::MonotonicArena local({.min_buffer_size = 1024, .upstream = &shared});
          arena::Slice<Tracked> slice;
          for (int i = 0; i < 100; ++i) {
            arena::Allocate<Tracked>(local, t);
            slice = arena::SliceAppend(local, slice, i);
            local.Alloc(20, 1);
          }
          objects += slice.size();
        });
      }
      for (std::thread& thread : threads) thread.join();
      // The objects died with the threads' arenas, the buffers stay until the shared Reset.
      CHECK(log.Check() == "");
      CHECK(shared.Len() >= 10 * 1024);
      shared.Reset();
      CHECK(shared.Len() == 0);
    }
  }
  CHECK(objects == 3 * 10 * 100);
  CHECK(upstream.Check() == "");
}

TEST_CASE("a thread's arena reports that the shared one is full", "[threads]") {
  arena::MonotonicArena base({.min_buffer_size = 4096, .limit = 4096});
  arena::ConcurrentArena shared(base);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      arena::MonotonicArena local(
          {.min_buffer_size = 1024, .initial_buffer_count = 0, .upstream = &shared});
      while (local.TryAlloc(64) != nullptr) continue;
      ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 4);
  CHECK(shared.Cap() <= 4096);
}
