// SPDX-License-Identifier: Apache-2.0
//
// Random trees of budgets against a model that knows which level refuses, and with threads against
// what is really held below each level.
#include <algorithm>
#include <arena/budget.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/random.hpp"

namespace {

constexpr std::size_t kNone = SIZE_MAX;

// Parents stand before their children, so that the tree ends from the back.
struct Level {
  std::size_t parent = kNone;
  std::size_t limit = SIZE_MAX;
  std::unique_ptr<arena::Budget> budget;
  std::size_t used = 0;  // as the model has it
  std::size_t peak = 0;
  std::uint64_t refused = 0;
};

std::vector<Level> RandomTree(arena_test::Random& random, std::pmr::memory_resource& upstream) {
  std::vector<Level> levels(1 + random() % 8);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    Level& level = levels[i];
    if (i != 0) level.parent = random() % i;
    if (random() % 4 != 0) level.limit = random() % 3000;
    arena::BudgetOptions options;
    options.limit = level.limit;
    options.parent = level.parent == kNone ? nullptr : levels[level.parent].budget.get();
    if (i == 0) options.upstream = &upstream;
    level.budget = std::make_unique<arena::Budget>(options);
  }
  return levels;
}

void EndTree(std::vector<Level>& levels) {
  while (!levels.empty()) levels.pop_back();
}

struct Block {
  void* block;
  std::size_t size;
  std::size_t level;
};

void CheckAgainstModel(const std::vector<Level>& levels) {
  for (const Level& level : levels) {
    REQUIRE(level.budget->Used() == level.used);
    REQUIRE(level.budget->Peak() == level.peak);
    REQUIRE(level.budget->Refused() == level.refused);
    REQUIRE(level.budget->Used() <= level.limit);
    REQUIRE(level.budget->Peak() <= level.limit);
  }
}

}  // namespace

TEST_CASE("random trees charge and refuse as the model says", "[budget]") {
  std::size_t refusals = 0, upstream_failures = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    arena_test::Random random(seed);
    arena_test::CheckingResource upstream;
    std::vector<Level> levels = RandomTree(random, upstream);
    std::vector<Block> blocks;
    for (int step = 0; step < 300; ++step) {
      if (!blocks.empty() && random() % 3 == 0) {
        std::swap(blocks[random() % blocks.size()], blocks.back());
        const Block last = blocks.back();
        blocks.pop_back();
        levels[last.level].budget->deallocate(last.block, last.size, 16);
        for (std::size_t i = last.level; i != kNone; i = levels[i].parent) {
          levels[i].used -= last.size;
        }
      } else {
        const std::size_t leaf = random() % levels.size();
        const std::size_t size = random() % 16 == 0 ? SIZE_MAX - random() % 3 : random() % 700;
        std::size_t refuser = kNone;
        for (std::size_t i = leaf; i != kNone && refuser == kNone; i = levels[i].parent) {
          if (size > levels[i].limit - levels[i].used) refuser = i;
        }
        const bool upstream_fails = refuser == kNone && (size > 100'000 || random() % 20 == 0);
        if (upstream_fails) upstream.FailAt(1);
        void* block = nullptr;
        try {
          block = levels[leaf].budget->allocate(size, 16);
        } catch (const std::bad_alloc&) {
        }
        REQUIRE((block == nullptr) == (refuser != kNone || upstream_fails));
        if (refuser != kNone) {
          ++levels[refuser].refused;
          ++refusals;
        } else if (upstream_fails) {
          ++upstream_failures;
        } else {
          blocks.push_back({block, size, leaf});
          for (std::size_t i = leaf; i != kNone; i = levels[i].parent) {
            levels[i].used += size;
            levels[i].peak = std::max(levels[i].peak, levels[i].used);
          }
        }
        upstream.FailNever();
      }
      CheckAgainstModel(levels);
      REQUIRE(upstream.LiveBytes() == levels[0].used);
    }
    for (const Block& block : blocks) {
      levels[block.level].budget->deallocate(block.block, block.size, 16);
    }
    for (const Level& level : levels) REQUIRE(level.budget->Used() == 0);
    EndTree(levels);
    REQUIRE(upstream.Check().empty());
  }
  CHECK(refusals > 1000);
  CHECK(upstream_failures > 50);
}

TEST_CASE("threads never hold more than any level allows", "[budget][threads]") {
  std::atomic<std::size_t> refusals{0}, served{0}, passed{0};
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    arena_test::Random random(seed);
    arena_test::CheckingResource upstream({.fill = false});
    std::vector<Level> levels = RandomTree(random, upstream);
    // What is really held below each level: counted after it was taken, until it is given back.
    std::vector<std::atomic<std::size_t>> held(levels.size());
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        arena_test::Random mine(seed * 100 + thread);
        std::vector<Block> blocks;
        const auto give_back = [&](const Block& block) {
          for (std::size_t i = block.level; i != kNone; i = levels[i].parent) held[i] -= block.size;
          levels[block.level].budget->deallocate(block.block, block.size, 16);
        };
        for (int step = 0; step < 600; ++step) {
          if (!blocks.empty() && mine() % 2 == 0) {
            give_back(blocks.back());
            blocks.pop_back();
            continue;
          }
          const std::size_t leaf = mine() % levels.size();
          const std::size_t size = mine() % 500;
          try {
            blocks.push_back({levels[leaf].budget->allocate(size, 16), size, leaf});
            ++served;
          } catch (const std::bad_alloc&) {
            ++refusals;
            continue;
          }
          for (std::size_t i = leaf; i != kNone; i = levels[i].parent) {
            if ((held[i] += size) > levels[i].limit) ++passed;
            if (levels[i].budget->Used() > levels[i].limit) ++passed;
          }
        }
        for (const Block& block : blocks) give_back(block);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(upstream.PeakBytes() <= levels[0].limit);
    for (const Level& level : levels) {
      CHECK(level.budget->Used() == 0);
      CHECK(level.budget->Peak() <= level.limit);
    }
    EndTree(levels);
    CHECK(upstream.Check().empty());
  }
  CHECK(passed == 0);
  CHECK(refusals > 0);
  CHECK(served > 0);
}
