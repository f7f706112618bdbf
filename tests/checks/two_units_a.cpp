// SPDX-License-Identifier: Apache-2.0
#include "two_units.hpp"

std::size_t UseInUnitA(arena::Arena& a) { return two_units::Use(a); }

int main() {
  arena::MonotonicArena a;
  // One arena through both units: they have to agree about what it is.
  const std::size_t elements = UseInUnitA(a) + UseInUnitB(a);
  a.Reset();
  return elements == 24 ? 0 : 1;
}
