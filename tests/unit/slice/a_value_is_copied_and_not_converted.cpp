// SPDX-License-Identifier: Apache-2.0
//
// A value of the slice's own type is copied, also where a constructor template would rather have it.
#include <arena/arena.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using arena::SliceAppend;

namespace {

// Trivially copyable; the template takes anything that is no integer, a T& better than the copy
// constructor does.
template <std::size_t size>
struct Greedy {
  Greedy(int n) : number(n) {}  // NOLINT(google-explicit-constructor)
  template <class U>
    requires(!std::is_integral_v<std::remove_cvref_t<U>>)
  Greedy(U&&) : number(-1) {}  // NOLINT(google-explicit-constructor)
  Greedy(const Greedy&) = default;
  Greedy(Greedy&&) = default;
  Greedy& operator=(const Greedy&) = default;
  int number;
  char rest[size] = {};
};

}  // namespace

using Small = Greedy<1>;
using Large = Greedy<100>;

TEMPLATE_TEST_CASE("a plain value is copied", "", Small, Large) {
  STATIC_REQUIRE(std::is_trivially_copyable_v<TestType>);
  arena::MonotonicArena a;
  arena::Slice<TestType> slice;
  TestType three(3);
  const TestType four(4);
  slice = SliceAppend(a, slice, TestType(1));
  slice = SliceAppend(a, std::move(slice), TestType(2));
  slice = SliceAppend(a, slice, three);
  slice = SliceAppend(a, slice, four);
  slice = SliceAppend(a, slice, std::move(three));
  slice = SliceAppend(a, slice, slice[3]);
  const int numbers[] = {1, 2, 3, 4, 3, 4};
  for (std::size_t i = 0; i < slice.size(); ++i) CHECK(slice[i].number == numbers[i]);
}
