// SPDX-License-Identifier: Apache-2.0
//
// The tree as people read it.
#include <arena/budget.hpp>
#include <cstddef>
#include <iomanip>
#include <ios>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

std::string Printed(const arena::Budget& budget) {
  std::ostringstream stream;
  stream << std::hex << std::setw(300) << std::setfill('*') << budget;  // does not matter
  return stream.str();
}

std::vector<std::string> ChildrenOf(const arena::Budget& budget) {
  std::vector<std::string> names;
  budget.ForEachChild([&names](const arena::Budget& child) { names.emplace_back(child.Name()); });
  return names;
}

}  // namespace

TEST_CASE("a tree of budgets has a line for each", "[budget]") {
  arena::Budget process({.name = "process", .limit = 1000, .soft_limit = 800});
  arena::Budget tenant({.name = "tenant 7", .limit = 300, .parent = &process});
  arena::Budget cache({.name = "cache", .parent = &tenant});
  arena::Budget other({.name = "other", .parent = &process});
  void* const block = cache.allocate(200);
  CHECK_THROWS_AS(cache.allocate(101), std::bad_alloc);
  void* const second = other.allocate(20);
  cache.deallocate(block, 200);
  CHECK(Printed(process) ==
        "\"process\": used 20, peak 220, limit 1000, soft limit 800, refused 0\n"
        "  \"tenant 7\": used 0, peak 200, limit 300, refused 1\n"
        "    \"cache\": used 0, peak 200, no limit, refused 0\n"
        "  \"other\": used 20, peak 20, no limit, refused 0\n");
  CHECK(Printed(tenant) ==
        "\"tenant 7\": used 0, peak 200, limit 300, refused 1\n"
        "  \"cache\": used 0, peak 200, no limit, refused 0\n");
  other.deallocate(second, 20);
}

TEST_CASE("a budget without a name or a limit says so", "[budget]") {
  const arena::Budget budget;
  CHECK(Printed(budget) == "\"budget\": used 0, peak 0, no limit, refused 0\n");
  CHECK(budget.Parent() == nullptr);
  CHECK(budget.Limit() == SIZE_MAX);
  CHECK(budget.SoftLimit() == SIZE_MAX);
}

TEST_CASE("the name of a budget is its own copy", "[budget]") {
  std::string name = "a name that is too long for the string object itself";
  const arena::Budget budget({.name = name});
  name.assign(name.size(), 'x');
  CHECK(budget.Name() == "a name that is too long for the string object itself");
}

TEST_CASE("names are printed so that they cannot forge a line", "[budget]") {
  using namespace std::string_view_literals;
  const auto printed = [](std::string_view name) {
    const std::string line = Printed(arena::Budget({.name = name}));
    return line.substr(0, line.find(": used"));
  };
  CHECK(printed("two\nlines") == R"("two\nlines")");
  CHECK(printed(R"(a "quoted" \ name)") == R"("a \"quoted\" \\ name")");
  CHECK(printed("Zürich, 東京, 🙂") == "\"Zürich, 東京, 🙂\"");
  CHECK(printed("\x1b[2J\r\0\x7f|\xC2\x9B"sv) == "\"�[2J���|�\"");
  // Not UTF-8: a lone continuation, a long form, half of a pair, too large, cut short.
  CHECK(printed("\x80|\xC0\xAF|\xED\xA0\x80|\xF4\x90\x80\x80|\xE6\x9D") == "\"�|��|���|����|��\"");
  CHECK(printed("") == "\"\"");
}

TEST_CASE("children are listed in the order of their creation", "[budget]") {
  arena::Budget root;
  CHECK(ChildrenOf(root).empty());
  std::optional<arena::Budget> children[4];
  for (int i = 0; i < 4; ++i) {
    const std::string name = std::to_string(i);
    children[i].emplace(arena::BudgetOptions{.name = name, .parent = &root});
  }
  CHECK(ChildrenOf(root) == std::vector<std::string>{"0", "1", "2", "3"});
  children[1].reset();
  CHECK(ChildrenOf(root) == std::vector<std::string>{"0", "2", "3"});
  children[3].reset();
  children[0].reset();
  CHECK(ChildrenOf(root) == std::vector<std::string>{"2"});
  children[1].emplace(arena::BudgetOptions{.name = "new", .parent = &root});
  CHECK(ChildrenOf(root) == std::vector<std::string>{"2", "new"});
}
