// SPDX-License-Identifier: Apache-2.0
//
// One huge request leaves later buffers at their normal size.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

TEST_CASE("after a request of 100 MB buffers are as small as before", "[monotonic]") {
  constexpr std::size_t kHuge = 100'000'000;
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.upstream = &upstream});
    a.Alloc(1000, 1);
    a.Alloc(kHuge, 1);
    const std::size_t cap = a.Cap();
    CHECK(cap < 32768 + kHuge + kHuge / 4);
    CHECK(a.Len() == 1000 + kHuge);
    a.Alloc(32768, 1);
    CHECK(a.Cap() == cap + 32768);
    a.Alloc(1, 1);
    CHECK(a.Cap() == cap + 2 * 32768);
    SECTION("nor do small requests ever take it after Reset") {
      a.Reset();
      for (int i = 0; i < 10000; ++i) a.Alloc(100, 1);
      CHECK(a.Stats().waste < 100000);
      CHECK(a.Stats().free >= kHuge);
      // It waits for its like.
      const std::size_t calls = upstream.Calls();
      a.Alloc(kHuge, 1);
      CHECK(upstream.Calls() == calls);
    }
    SECTION("and ShrinkTo gives it back when it is unused") {
      a.ShrinkTo(0);
      CHECK(a.Cap() > kHuge);
      a.Reset();
      a.ShrinkTo(kHuge);
      CHECK(a.Cap() == 3 * 32768);
    }
    CHECK(FiguresAgree(a));
  }
  CHECK(upstream.Check() == "");
}
