// SPDX-License-Identifier: Apache-2.0
//
// Ages are whole numbers of the unit that leaves them at most four digits, seconds apart.
#include <arena/guard.hpp>
#include <chrono>
#include <sstream>
#include <string>

#include "support/catch.hpp"

#if ARENA_HAS_GUARD
namespace {

struct Age {
  unsigned long long number = 0;
  std::string unit;
};

// As of a block that was freed so long ago.
Age AgeAfter(std::chrono::steady_clock::duration passed) {
  arena::detail::TextLine line;
  arena::detail::AppendAge(line, std::chrono::steady_clock::now() - passed);
  std::istringstream words(line.c_str());
  Age age;
  std::string ago, more;
  REQUIRE(words >> age.number >> age.unit >> ago);
  CHECK(ago == "ago");
  CHECK_FALSE(words >> more);
  return age;
}

}  // namespace

TEST_CASE("an age is told in microseconds, milliseconds or seconds", "[guard]") {
  using namespace std::chrono_literals;  // NOLINT: for this test alone
  const auto of_milliseconds = AgeAfter(5000ms);
  CHECK(of_milliseconds.unit == "ms");
  CHECK(of_milliseconds.number >= 5000);
  CHECK(of_milliseconds.number < 10'000);
  const auto of_seconds = AgeAfter(3h);
  CHECK(of_seconds.unit == "s");
  CHECK(of_seconds.number >= 10'800);
  CHECK(of_seconds.number < 11'800);
  // A thread may rest for long here, so that the unit may be another.
  const auto of_microseconds = AgeAfter(0us);
  if (of_microseconds.unit == "us") CHECK(of_microseconds.number < 10'000);
  CHECK_FALSE(of_microseconds.unit.empty());
}
#endif
