// SPDX-License-Identifier: Apache-2.0
//
// Size classes: 64, 80, 96, 112, 128, 160, ..., four in each octave, numbered from 1.
#include <arena/detail/core/align.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace detail = arena::detail;

namespace {

// Written down without the arithmetic of the header: each class is a quarter of its octave above
// the one before. The last one is 2^62, or 2^30 where sizes have 32 bits.
constexpr std::size_t kLast = SIZE_MAX / 4 + 1;

std::vector<std::size_t> AllClasses() {
  std::vector<std::size_t> classes;
  for (std::size_t octave = 64; octave < kLast; octave *= 2) {
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      classes.push_back(octave + quarter * (octave / 4));
    }
  }
  classes.push_back(kLast);
  return classes;
}

}  // namespace

TEST_CASE("size classes are four an octave from 64 to 2^62", "[align]") {
  const std::vector<std::size_t> classes = AllClasses();
  CHECK(classes.size() == 4 * (sizeof(std::size_t) * 8 - 8) + 1);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    CAPTURE(i, classes[i]);
    REQUIRE(detail::SizeClassBytes(i + 1) == classes[i]);
  }
}

TEST_CASE("the class above a size is the smallest that holds it", "[align]") {
  const std::vector<std::size_t> classes = AllClasses();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    CAPTURE(i, classes[i]);
    REQUIRE(detail::SizeClassAbove(classes[i]) == i + 1);
    REQUIRE(detail::SizeClassAbove(classes[i] - 1) == i + 1);
    if (i + 1 < classes.size()) {
      REQUIRE(detail::SizeClassAbove(classes[i] + 1) == i + 2);
      REQUIRE(detail::SizeClassAbove((classes[i] + classes[i + 1]) / 2) == i + 2);
    }
  }
  CHECK(detail::SizeClassAbove(0) == 1);
  CHECK(detail::SizeClassAbove(1) == 1);
}

TEST_CASE("the class below a size is the largest that fits in it", "[align]") {
  const std::vector<std::size_t> classes = AllClasses();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    CAPTURE(i, classes[i]);
    REQUIRE(detail::SizeClassBelow(classes[i]) == i + 1);
    REQUIRE(detail::SizeClassBelow(classes[i] - 1) == i);
    if (i + 1 < classes.size()) {
      REQUIRE(detail::SizeClassBelow(classes[i] + 1) == i + 1);
      REQUIRE(detail::SizeClassBelow(classes[i + 1] - 1) == i + 1);
    }
  }
  for (std::size_t size = 0; size < 64; ++size) CHECK(detail::SizeClassBelow(size) == 0);
}

TEST_CASE("every small size lies between its classes", "[align]") {
  for (std::size_t size = 1; size <= 70000; ++size) {
    const std::size_t above = detail::SizeClassAbove(size);
    const std::size_t below = detail::SizeClassBelow(size);
    CAPTURE(size);
    REQUIRE(detail::SizeClassBytes(above) >= size);
    if (above > 1) REQUIRE(detail::SizeClassBytes(above - 1) < size);
    if (below > 0) REQUIRE(detail::SizeClassBytes(below) <= size);
    REQUIRE(detail::SizeClassBytes(below + 1) > size);
    // A class wastes less than a quarter of a request.
    if (size > 64) REQUIRE(detail::SizeClassBytes(above) - size < (size + 3) / 4);
  }
}

TEST_CASE("the largest sizes have classes above and below", "[align]") {
  const std::size_t last = detail::SizeClassAbove(detail::kMaxSize);
  CHECK(detail::SizeClassBytes(last) == detail::kMaxSize + 1);
  CHECK(detail::SizeClassBelow(detail::kMaxSize) == last - 1);
}
