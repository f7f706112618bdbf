// SPDX-License-Identifier: Apache-2.0
//
// A pool's time goes forward only, whatever its clock does.
#include <arena/detail/pool/pool_settings.hpp>
#include <chrono>
#include <cstdint>

#include "support/catch.hpp"

using arena::detail::PoolTime;
using std::chrono::nanoseconds;

TEST_CASE("time passes as the clock says", "[pool]") {
  PoolTime time(nanoseconds(1000));
  const std::uint64_t start = time.now();
  time.Advance(nanoseconds(1000));
  CHECK(time.now() - start == 0);
  time.Advance(nanoseconds(1007));
  CHECK(time.now() - start == 7);
}

TEST_CASE("while the clock jumps back no time passes, and then it goes on", "[pool]") {
  PoolTime time(nanoseconds(1000));
  const std::uint64_t start = time.now();
  time.Advance(nanoseconds(1010));
  time.Advance(nanoseconds(3));
  CHECK(time.now() - start == 10);
  time.Advance(nanoseconds(8));
  CHECK(time.now() - start == 15);
}

TEST_CASE("a jump between the ends of the clock's range is a long time", "[pool]") {
  PoolTime time(nanoseconds::min());
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = time.now();
    time.Advance(nanoseconds::max());
    CHECK(time.now() - before == PoolTime::kLong);
    time.Advance(nanoseconds::min());
    CHECK(time.now() - before == PoolTime::kLong);
  }
}

TEST_CASE("a negative delay is none and an endless one is long", "[pool]") {
  CHECK(PoolTime::Delay(nanoseconds(-5)) == 0);
  CHECK(PoolTime::Delay(nanoseconds::min()) == 0);
  CHECK(PoolTime::Delay(nanoseconds(5)) == 5);
  CHECK(PoolTime::Delay(nanoseconds::max()) == PoolTime::kLong);
}
