// SPDX-License-Identifier: Apache-2.0
//
// Two budgets are different resources: what one has charged, the other must not be given back.
#include <arena/budget.hpp>
#include <memory_resource>
#include <utility>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("a budget is equal to itself alone", "[budget]") {
  arena::Budget root;
  arena::Budget child({.parent = &root});
  CHECK(root.is_equal(root));
  CHECK_FALSE(root.is_equal(child));
  CHECK_FALSE(child.is_equal(root));
  CHECK_FALSE(root.is_equal(*std::pmr::get_default_resource()));
}

TEST_CASE("a container that moves to another budget copies its elements there", "[budget]") {
  arena::Budget one, other;
  std::pmr::vector<int> numbers({1, 2, 3}, &one);
  std::pmr::vector<int> moved(&other);
  moved = std::move(numbers);
  CHECK(moved == std::pmr::vector<int>({1, 2, 3}));
  CHECK(other.Used() == 3 * sizeof(int));
}
