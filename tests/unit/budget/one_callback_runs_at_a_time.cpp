// SPDX-License-Identifier: Apache-2.0
//
// Callbacks and threads: one call at a time and no lock held; who waits for it, and for how long.
#include <algorithm>
#include <arena/budget.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/interleaving.hpp"

namespace {

constexpr std::chrono::milliseconds kLong = std::chrono::seconds(20);

bool Charge(arena::Budget& budget, std::size_t bytes) {
  try {
    budget.deallocate(budget.allocate(bytes), bytes);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

// A budget that is full, whose callback waits at a gate before it frees everything.
struct GuardedBudget {
  explicit GuardedBudget(std::chrono::milliseconds wait)
      : budget({.limit = 100, .pressure_wait = wait}), block(budget.allocate(100)) {
    budget.SetPressureCallback([this](arena::Budget& self, std::size_t) {
      ++calls;
      gate.Pass();
      if (void* const taken = block.exchange(nullptr)) self.deallocate(taken, 100);
      return true;
    });
  }
  ~GuardedBudget() {
    if (void* const left = block) budget.deallocate(left, 100);
  }
  arena::Budget budget;
  std::atomic<void*> block;
  std::atomic<int> calls{0};
  arena_test::Gate gate;
};

}  // namespace

TEST_CASE("a charge that does not fit waits for the call that another thread makes",
          "[budget][threads]") {
  GuardedBudget guarded(kLong);
  std::atomic<int> served{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { served += Charge(guarded.budget, 30) ? 1 : 0; });
  REQUIRE(guarded.gate.WaitUntilReached());
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { served += Charge(guarded.budget, 30) ? 1 : 0; });
  }
  // They cannot be seen waiting; that they are not refused shows that they did.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(served == 0);
  guarded.gate.Open();
  for (std::thread& thread : threads) thread.join();
  CHECK(served == 3);
  CHECK(guarded.calls == 1);
  CHECK(guarded.budget.Refused() == 0);
}

TEST_CASE("a charge that may not wait is refused while another thread asks", "[budget][threads]") {
  const auto wait = GENERATE(std::chrono::milliseconds(0), std::chrono::milliseconds(20));
  GuardedBudget guarded(wait);
  std::thread first([&] { Charge(guarded.budget, 30); });
  REQUIRE(guarded.gate.WaitUntilReached());
  const auto before = std::chrono::steady_clock::now();
  CHECK_FALSE(Charge(guarded.budget, 30));
  CHECK(std::chrono::steady_clock::now() - before >= wait);
  CHECK(guarded.budget.Refused() == 1);
  guarded.gate.Open();
  first.join();
  CHECK(guarded.calls == 1);
}

TEST_CASE("the longest time to wait is not one that has passed", "[budget][threads]") {
  GuardedBudget guarded((std::chrono::milliseconds::max)());
  std::atomic<bool> served{false};
  std::thread first([&] { Charge(guarded.budget, 30); });
  REQUIRE(guarded.gate.WaitUntilReached());
  std::thread second([&] { served = Charge(guarded.budget, 30); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  guarded.gate.Open();
  first.join();
  second.join();
  CHECK(served);
}

TEST_CASE("a charge above the soft limit does not wait for another thread's call",
          "[budget][threads]") {
  arena_test::Gate gate;
  std::atomic<int> calls{0};
  arena::Budget budget({.soft_limit = 10, .pressure_wait = kLong});
  budget.SetPressureCallback([&](arena::Budget&, std::size_t) {
    ++calls;
    gate.Pass();
    return true;
  });
  std::thread first([&] { Charge(budget, 20); });
  REQUIRE(gate.WaitUntilReached());
  CHECK(Charge(budget, 30));
  CHECK(calls == 1);
  CHECK(budget.Peak() == 30);
  // No lock is held during the call.
  arena::Budget child({.parent = &budget});
  std::size_t children = 0;
  budget.ForEachChild([&](const arena::Budget&) { ++children; });
  CHECK(children == 1);
  gate.Open();
  first.join();
}

TEST_CASE("a callback that is taken out has ended", "[budget][threads]") {
  arena::Budget budget({.soft_limit = 1});
  arena_test::Gate gate;
  std::atomic<bool> ended{false};
  budget.SetPressureCallback([&](arena::Budget&, std::size_t) {
    gate.Pass();
    ended = true;
    return false;
  });
  std::thread charger([&] { Charge(budget, 10); });
  REQUIRE(gate.WaitUntilReached());
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.Open();
  });
  budget.SetPressureCallback(nullptr);
  CHECK(ended);
  opener.join();
  charger.join();
}

TEST_CASE("two budgets whose callbacks charge each other get an answer", "[budget][threads]") {
  arena::Budget one({.limit = 10, .pressure_wait = std::chrono::milliseconds(30)});
  arena::Budget other({.limit = 10, .pressure_wait = std::chrono::milliseconds(30)});
  void* const of_one = one.allocate(10);
  void* const of_other = other.allocate(10);
  arena_test::Signal one_asks, other_asks;
  one.SetPressureCallback([&](arena::Budget&, std::size_t) {
    one_asks.Set();
    return other_asks.Wait() && Charge(other, 5);
  });
  other.SetPressureCallback([&](arena::Budget&, std::size_t) {
    other_asks.Set();
    return one_asks.Wait() && Charge(one, 5);
  });
  std::atomic<int> charged{0};
  std::thread thread([&] { charged += Charge(one, 5) ? 1 : 0; });
  charged += Charge(other, 5) ? 1 : 0;
  thread.join();
  CHECK(charged == 0);
  one.SetPressureCallback(nullptr);
  other.SetPressureCallback(nullptr);
  one.deallocate(of_one, 10);
  other.deallocate(of_other, 10);
}

TEST_CASE("many threads under pressure: one call at a time in each budget", "[budget][threads]") {
  arena::Budget root({.limit = 1000, .soft_limit = 500});
  arena::Budget leaves[2] = {arena::Budget({.limit = 700, .soft_limit = 300, .parent = &root}),
                             arena::Budget({.limit = 700, .soft_limit = 300, .parent = &root})};
  std::atomic<int> running[3] = {0, 0, 0};
  std::atomic<std::size_t> calls{0}, wrong{0}, served{0};
  const auto callback = [&](int which) {
    return [&, which](arena::Budget& self, std::size_t) {
      ++calls;
      if (running[which].fetch_add(1) != 0) ++wrong;
      if (self.Used() > self.Limit()) ++wrong;
      std::this_thread::yield();
      running[which].fetch_sub(1);
      return true;
    };
  };
  root.SetPressureCallback(callback(0));
  leaves[0].SetPressureCallback(callback(1));
  leaves[1].SetPressureCallback(callback(2));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      arena::Budget& mine = leaves[i % 2];
      for (std::size_t step = 0; step < 300; ++step) {
        try {
          const std::size_t bytes = 50 + (37 * step + i) % 400;
          void* const block = mine.allocate(bytes);
          ++served;
          if (mine.Used() > mine.Limit() || root.Used() > root.Limit()) ++wrong;
          std::this_thread::yield();
          mine.deallocate(block, bytes);
        } catch (const std::bad_alloc&) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(calls > 0);
  CHECK(served > 0);
  CHECK(root.Used() == 0);
  CHECK((std::max)(leaves[0].Peak(), leaves[1].Peak()) <= 700);
}

TEST_CASE("children come and go while others look at the tree", "[budget][threads]") {
  arena::Budget root({.name = "root"});
  std::vector<std::thread> threads;
  std::atomic<std::size_t> wrong{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&root] {
      for (int round = 0; round < 200; ++round) {
        arena::Budget child({.name = "child", .parent = &root});
        arena::Budget grandchild({.name = "grandchild", .parent = &child});
        Charge(grandchild, 10);
      }
    });
  }
  for (int round = 0; round < 200; ++round) {
    std::size_t children = 0;
    root.ForEachChild([&](const arena::Budget& child) {
      ++children;
      if (child.Name() != "child" || child.Parent() != &root) ++wrong;
      child.ForEachChild([&](const arena::Budget& below) {
        if (below.Name() != "grandchild") ++wrong;
      });
    });
    if (children > 3) ++wrong;
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a time to wait below nothing is nothing", "[threads]") {
  GuardedBudget guarded((std::chrono::milliseconds::min)());
  std::thread asking([&] { CHECK(Charge(guarded.budget, 100)); });
  REQUIRE(guarded.gate.WaitUntilReached());
  CHECK_FALSE(Charge(guarded.budget, 100));
  guarded.gate.Open();
  asking.join();
}
