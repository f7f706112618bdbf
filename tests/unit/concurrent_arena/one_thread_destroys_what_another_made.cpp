// SPDX-License-Identifier: Apache-2.0
//
// Objects die on the thread that resets, which sees all that was written to them on the thread that
// made them: the arena's own locks order the two, and nothing else does.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace {

struct DeathSums {
  std::thread::id resets;
  long deaths = 0;  // of the thread that resets, and of no other
  long values = 0;
  long elsewhere = 0;
};

// Plain fields, written by one thread and read by another: a race, if nothing orders them.
struct ItemOfAnother {
  DeathSums* sums;
  std::vector<int> values;

  ItemOfAnother(DeathSums* to, int value) : sums(to), values(3, value) {}
  ~ItemOfAnother() {
    if (std::this_thread::get_id() != sums->resets) ++sums->elsewhere;
    ++sums->deaths;
    for (const int value : values) sums->values += value;
  }
};

}  // namespace

TEST_CASE("what one thread registers another destroys, with all that was written", "[threads]") {
  constexpr int kMakers = 3;
  constexpr int kItems = 400;
  arena::MonotonicArena base({.min_buffer_size = 1024});
  arena::ConcurrentArena a(base);
  DeathSums sums{.resets = std::this_thread::get_id()};
  std::atomic<int> at_work{kMakers};
  std::vector<std::thread> makers;
  for (int t = 0; t < kMakers; ++t) {
    makers.emplace_back([&] {
      for (int i = 1; i <= kItems; ++i) {
        // On the heap: a Reset may come at any time, and takes the arena's memory.
        auto item = std::make_unique<ItemOfAnother>(&sums, 0);
        item->values[0] = i;
        arena::Own(a, std::move(item));
        if (i % 16 == 0) std::this_thread::yield();
      }
      // Relaxed, so that it is not this which orders the writes above.
      at_work.fetch_sub(1, std::memory_order_relaxed);
    });
  }
  long resets = 0;
  for (; at_work.load(std::memory_order_relaxed) != 0; ++resets) a.Reset();
  a.Reset();
  CHECK(sums.deaths == kMakers * kItems);
  CHECK(sums.values == long{kMakers} * kItems * (kItems + 1) / 2);
  CHECK(sums.elsewhere == 0);
  CHECK(resets > 0);
  for (std::thread& maker : makers) maker.join();
  CHECK(a.Len() == 0);
}
