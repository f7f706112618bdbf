// SPDX-License-Identifier: Apache-2.0
//
// Prints the metrics of a tree of budgets, names that are hard to print among them, for
// open_metrics.sh.
#include <arena/budget.hpp>
#include <iostream>

int main() {
  arena::Budget process({.name = "process", .limit = std::size_t{4} << 30, .soft_limit = 1000});
  arena::Budget tenant({.name = "tenant 7", .parent = &process});
  arena::Budget same({.name = "tenant 7", .parent = &process});
  arena::Budget odd({.name = "a \"quoted\\\" name\n# EOF\n\xff\r\x7f", .parent = &tenant});
  arena::Budget none({.name = "", .parent = &odd});
  void* const block = none.allocate(12345);
  arena::WriteOpenMetrics(std::cout, process) << "# EOF\n";
  none.deallocate(block, 12345);
}
