// SPDX-License-Identifier: Apache-2.0
//
// Elements that need copying with care but no destructor: safe growth without a record.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"

using arena::Slice;
using arena::SliceAppend;

namespace {

// Knows where it is.
struct SelfPointer {
  SelfPointer(int n) : self(this), number(n) {}
  SelfPointer(const SelfPointer& other) : self(this), number(other.number) {}
  SelfPointer& operator=(const SelfPointer& other) {
    number = other.number;
    return *this;
  }
  SelfPointer* self;
  int number;
};

}  // namespace

TEST_CASE("elements with copy constructors of their own are copied by them") {
  STATIC_REQUIRE(std::is_trivially_destructible_v<SelfPointer>);
  arena::MonotonicArena a;
  Slice<SelfPointer> slice;
  for (int i = 0; i < 100; ++i) {
    const auto older = slice;
    slice = SliceAppend(a, slice, i);
    a.Alloc(8, 8);
    for (const SelfPointer& element : older) REQUIRE(element.self == &element);
  }
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(slice[i].self == &slice[i]);
    CHECK(slice[i].number == static_cast<int>(i));
  }
  CHECK(a.Stats().records == 0);
}
