// SPDX-License-Identifier: Apache-2.0
//
// What a callback may answer and do: free nothing, free a little at a time, fail, throw, charge.
#include <arena/budget.hpp>
#include <cstddef>
#include <new>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

namespace {

// A budget with 100 bytes and ten blocks of 10.
struct Full {
  explicit Full(arena::BudgetOptions options = {}) : budget(Limited(options)) {
    for (int i = 0; i < 10; ++i) blocks.push_back(budget.allocate(10));
  }
  Full(const Full&) = delete;
  Full& operator=(const Full&) = delete;
  ~Full() {
    budget.SetPressureCallback(nullptr);
    while (!blocks.empty()) FreeOne();
  }
  static arena::BudgetOptions Limited(arena::BudgetOptions options) {
    options.limit = 100;
    return options;
  }
  void FreeOne() {
    budget.deallocate(blocks.back(), 10);
    blocks.pop_back();
  }
  bool Charge(std::size_t bytes) {
    try {
      budget.deallocate(budget.allocate(bytes), bytes);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  arena::Budget budget;
  std::vector<void*> blocks;
};

}  // namespace

TEST_CASE("an answer of false refuses, whatever was freed", "[budget]") {
  Full full;
  int asked = 0;
  full.budget.SetPressureCallback([&](arena::Budget&, std::size_t) {
    ++asked;
    full.FreeOne();
    return false;
  });
  CHECK_FALSE(full.Charge(10));
  CHECK(asked == 1);
  CHECK(full.budget.Refused() == 1);
  CHECK(full.budget.Used() == 90);
}

TEST_CASE("a callback that frees a little is asked until it suffices", "[budget]") {
  Full full;
  int asked = 0;
  full.budget.SetPressureCallback([&](arena::Budget& budget, std::size_t wanted) {
    CHECK(wanted == 35);
    CHECK(budget.Used() == 100 - 10 * static_cast<std::size_t>(asked));
    ++asked;
    full.FreeOne();
    return true;
  });
  CHECK(full.Charge(35));
  CHECK(asked == 4);
  CHECK(full.budget.Refused() == 0);
}

TEST_CASE("a callback that says yes and frees nothing does not go on for ever", "[budget]") {
  Full full;
  int asked = 0;
  full.budget.SetPressureCallback([&](arena::Budget&, std::size_t) {
    ++asked;
    return true;
  });
  CHECK_FALSE(full.Charge(1));
  CHECK(asked == 1);
}

TEST_CASE("a charge above the whole limit asks nobody", "[budget]") {
  Full full;
  bool asked = false;
  full.budget.SetPressureCallback([&](arena::Budget&, std::size_t) { return asked = true; });
  CHECK_FALSE(full.Charge(101));
  CHECK_FALSE(full.Charge(SIZE_MAX));
  CHECK_FALSE(asked);
  CHECK(full.budget.Refused() == 2);
}

TEST_CASE("a callback that throws is one that says no", "[budget]") {
  Full full;
  int asked = 0;
  full.budget.SetPressureCallback([&](arena::Budget&, std::size_t) -> bool {
    ++asked;
    throw std::runtime_error("not a bad_alloc");
  });
  CHECK_THROWS_AS(full.budget.allocate(10), std::bad_alloc);
  CHECK_THROWS_AS(full.budget.allocate(10), std::bad_alloc);  // and is asked the next time
  CHECK(asked == 2);
  CHECK(full.budget.Used() == 100);
}

TEST_CASE("a charge above the soft limit is made whatever the answer", "[budget]") {
  int asked = 0;
  const int kind = GENERATE(0, 1, 2);
  arena::Budget budget({.limit = 100,
                        .soft_limit = 50,
                        .on_pressure = [&](arena::Budget& self, std::size_t wanted) -> bool {
                          ++asked;
                          CHECK(self.Used() + wanted > 50);
                          if (kind == 2) throw 42;
                          return kind == 1;
                        }});
  void* const first = budget.allocate(50);
  CHECK(asked == 0);  // up to it, not above
  void* const second = budget.allocate(1);
  CHECK(asked == 1);
  void* const third = budget.allocate(49);  // each charge that ends above it asks
  CHECK(asked == 2);
  CHECK(budget.Used() == 100);
  budget.deallocate(first, 50);
  budget.deallocate(second, 1);
  budget.deallocate(third, 49);
}

TEST_CASE("a callback may charge the same budget: it is not asked again", "[budget]") {
  int asked = 0;
  bool inner_refused = false;
  void* kept = nullptr;
  arena::Budget budget({.limit = 100, .soft_limit = 50});
  budget.SetPressureCallback([&](arena::Budget& self, std::size_t) {
    ++asked;
    if (kept == nullptr) kept = self.allocate(60);  // above the soft limit
    try {
      self.deallocate(self.allocate(90), 90);  // above the hard one
    } catch (const std::bad_alloc&) {
      inner_refused = true;
    }
    return false;
  });
  void* const block = budget.allocate(40);
  CHECK(asked == 0);
  CHECK_THROWS_AS(budget.allocate(20), std::bad_alloc);  // its own charge of 60 took the room
  CHECK(asked == 2);  // for the soft limit, then for the hard one
  CHECK(inner_refused);
  CHECK(kept != nullptr);
  CHECK(budget.Used() == 100);
  budget.deallocate(block, 40);
  budget.deallocate(kept, 60);
}

TEST_CASE("a child may be charged while the parent's callback frees", "[budget]") {
  arena::Budget parent({.name = "parent", .limit = 100});
  arena::Budget child({.name = "child", .parent = &parent});
  void* const cache = parent.allocate(80);
  void* scratch = nullptr;
  std::size_t child_then = 0;
  int asked = 0;
  parent.SetPressureCallback([&](arena::Budget& self, std::size_t wanted) {
    ++asked;
    child_then = child.Used();
    scratch = child.allocate(20);  // fits beside the cache
    self.deallocate(cache, 80);
    CHECK(wanted == 60);
    return true;
  });
  void* const block = child.allocate(60);
  CHECK(asked == 1);
  CHECK(child_then == 0);  // nothing of the charge that asks is counted
  CHECK(child.Used() == 80);
  CHECK(parent.Used() == 80);
  CHECK(child.Peak() == 80);
  child.deallocate(scratch, 20);
  child.deallocate(block, 60);
  CHECK(parent.Used() == 0);
}

TEST_CASE("each level asks its own callback, the lowest first", "[budget]") {
  std::vector<int> order;
  const auto note = [&order](int level) {
    return [&order, level](arena::Budget&, std::size_t) {
      order.push_back(level);
      return false;
    };
  };
  arena::Budget root({.limit = 100, .soft_limit = 20, .on_pressure = note(0)});
  arena::Budget middle({.soft_limit = 10, .on_pressure = note(1), .parent = &root});
  arena::Budget leaf({.soft_limit = 10, .on_pressure = note(2), .parent = &middle});
  void* const block = leaf.allocate(30);
  CHECK(order == std::vector{2, 1, 0});
  order.clear();
  CHECK_THROWS_AS(leaf.allocate(90), std::bad_alloc);
  CHECK(order == std::vector{2, 1, 0});  // the hard limit comes before the soft one of its level
  CHECK(root.Refused() == 1);
  CHECK(middle.Refused() == 0);
  CHECK(leaf.Refused() == 0);
  leaf.deallocate(block, 30);
}

TEST_CASE("a callback may replace itself", "[budget]") {
  Full full;
  int second_asked = 0;
  full.budget.SetPressureCallback([&](arena::Budget& self, std::size_t) {
    self.SetPressureCallback([&second_asked](arena::Budget&, std::size_t) {
      ++second_asked;
      return false;
    });
    full.FreeOne();
    return true;
  });
  CHECK_FALSE(full.Charge(20));
  CHECK(second_asked == 1);
  CHECK(full.budget.Used() == 90);
}

TEST_CASE("what upstream refuses is not charged, and asks nobody", "[budget]") {
  const arena_test::Failure failure = GENERATE(
      arena_test::Failure::kBadAlloc, arena_test::Failure::kInt, arena_test::Failure::kNull);
  arena_test::CheckingResource upstream;
  bool asked = false;
  arena::Budget root({.on_pressure = [&](arena::Budget&, std::size_t) { return asked = true; },
                      .upstream = &upstream});
  arena::Budget leaf({.parent = &root});
  upstream.FailAt(1, failure);
  if (failure == arena_test::Failure::kBadAlloc) {
    CHECK_THROWS_AS(leaf.allocate(10), std::bad_alloc);
  } else if (failure == arena_test::Failure::kInt) {
    CHECK_THROWS_AS(leaf.allocate(10), int);
  } else {
    void* volatile block = leaf.allocate(10);
    CHECK(block == nullptr);
  }
  CHECK_FALSE(asked);
  for (const arena::Budget* budget : {&root, &leaf}) {
    CHECK(budget->Used() == 0);
    CHECK(budget->Peak() == 0);
    CHECK(budget->Refused() == 0);
  }
}
