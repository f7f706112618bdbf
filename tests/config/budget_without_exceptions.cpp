// SPDX-License-Identifier: Apache-2.0
//
// A budget without exceptions answers null where it would throw, and an arena over it passes that
// on.
// options: -fno-exceptions -fno-rtti -Os
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <cstddef>
#include <memory_resource>

#include "support/check.hpp"

namespace {

using arena_test::Check;

// Has no memory.
class NullResource final : public std::pmr::memory_resource {
  void* do_allocate(std::size_t, std::size_t) override { return nullptr; }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

int main() {
  bool asked = false;
  arena::Budget process({.limit = 10'000});
  arena::Budget tenant({.parent = &process});
  process.SetPressureCallback([&](arena::Budget&, std::size_t) {
    asked = true;
    return false;
  });
  {
    arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &tenant});
    Check(a.TryAlloc(5000) != nullptr, "what fits is served");
    const std::size_t used = tenant.Used();
    const std::size_t len = a.Len();
    Check(a.TryAlloc(5000) == nullptr, "what does not fit is refused");
    Check(asked, "the callback is asked");
    Check(tenant.Used() == used && process.Used() == used, "nothing is charged");
    Check(a.Len() == len, "the arena is as it was");
    Check(process.Refused() > 0, "the refusal is counted");
  }
  Check(process.Used() == 0, "all of it is given back");

  NullResource nothing;
  arena::Budget empty({.upstream = &nothing});
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &empty});
  Check(a.TryAlloc(10) == nullptr, "an upstream without memory");
  Check(empty.Used() == 0 && empty.Peak() == 0, "is not charged for");
  return arena_test::ExitStatus();
}
