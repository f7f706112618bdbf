// SPDX-License-Identifier: Apache-2.0
//
// Budgets that end too early, and a block given back that was never charged.
// expect(charged): arena: the budget "tenant 7" was destroyed with memory charged to it: 4096 bytes
// expect(arena): arena: the budget "tenant 7" was destroyed with memory charged to it: [0-9]+ bytes
// expect(child): arena: the budget "process" was destroyed before its child "tenant 7"$
// expect(too_much): arena: the budget "tenant 7" was given back more bytes than were charged to it
// expect(long_name): arena: the budget "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" was destroyed with memory charged to it: 1 bytes
// expect(odd_name): arena: the budget "two\\nlines" was destroyed with memory charged to it: 1 bytes
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

int main(int, char** arguments) {
  const std::string_view which = arguments[1];
  std::optional<arena::Budget> process(arena::BudgetOptions{.name = "process"});
  // A leak to LeakSanitizer, too, so that the memory is not from the heap.
  static std::byte storage[100'000];
  std::pmr::monotonic_buffer_resource heap(storage, sizeof(storage));
  std::string name = "tenant 7";
  if (which == "long_name") name.assign(1000, 'x');
  if (which == "odd_name") name = "two\nlines";
  std::optional<arena::Budget> tenant(
      arena::BudgetOptions{.name = name, .parent = &*process, .upstream = &heap});
  if (which == "charged") {
    static_cast<void>(tenant->allocate(4096));
    tenant.reset();
  }
  if (which == "arena") {
    arena::MonotonicArena a({.upstream = &*tenant});
    tenant.reset();
  }
  if (which == "child") process.reset();
  if (which == "too_much") {
    void* const block = process->allocate(100);
    tenant->deallocate(block, 100);
  }
  if (which == "long_name" || which == "odd_name") {
    static_cast<void>(tenant->allocate(1));
    tenant.reset();
  }
}
