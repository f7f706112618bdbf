// SPDX-License-Identifier: Apache-2.0
//
// A constructor that throws in a buffer taken for its object leaves Len as before, the padding at
// the begin of that buffer included.
#include <arena/arena.hpp>
#include <stdexcept>

#include "support/catch.hpp"

namespace {

struct alignas(8) ThrowsInFreshBuffer {
  ThrowsInFreshBuffer() { throw std::runtime_error("no"); }
  double value = 0;
};

}  // namespace

TEST_CASE("a constructor that throws in a fresh buffer leaves no padding behind") {
  // Of an odd size, a buffer begins at an odd address: an object in it needs padding.
  arena::MonotonicArena a({.min_buffer_size = 1001, .initial_buffer_count = 0});
  SECTION("the first buffer") {}
  SECTION("a later one") {
    static_cast<void>(a.Alloc(1000, 1));
    static_cast<void>(a.Alloc(1, 1));
  }
  const std::size_t len = a.Len();
  CHECK_THROWS_AS(arena::Allocate<ThrowsInFreshBuffer>(a), std::runtime_error);
  CHECK(a.Len() == len);
  CHECK(a.Cap() >= 1001);
}
