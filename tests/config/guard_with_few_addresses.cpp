// SPDX-License-Identifier: Apache-2.0
//
// A process whose address space is limited: a GuardResource takes smaller slots, and leaves the
// program most of the addresses.
// needs: plain
#include <arena/guard.hpp>
#include <cstddef>
#include <cstdio>
#include <new>

#if ARENA_HAS_GUARD
#include <sys/resource.h>

#include "support/accessible.hpp"

int main() {
  constexpr std::size_t kAddresses = std::size_t{1} << 30;
  rlimit limit{};
  ::getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = kAddresses;
  if (::setrlimit(RLIMIT_AS, &limit) != 0) {
    std::puts("left out, addresses cannot be limited");
    return 0;
  }
  arena::GuardResource guard({.slot_count = 100});
  void* const block = guard.allocate(10'000);
  guard.deallocate(block, 10'000);
  if (guard.Stats().guarded != 1 || arena_test::IsReadable(block)) {
    std::puts("FAILED: the block was not guarded");
    return 1;
  }
  void* const rest = ::operator new(kAddresses / 2, std::nothrow);
  if (rest == nullptr) {
    std::puts("FAILED: half of the addresses are no longer to be had");
    return 1;
  }
  ::operator delete(rest);
  return 0;
}
#else
int main() { return 0; }
#endif
