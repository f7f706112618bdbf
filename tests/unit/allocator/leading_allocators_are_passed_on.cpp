// SPDX-License-Identifier: Apache-2.0
//
// Uses-allocator construction with the allocator in front, spelled out by the caller or by a scoped
// adaptor, for parts of pairs.
#include <arena/arena.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <scoped_allocator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

template <class T>
using ScopedInArena = std::scoped_allocator_adaptor<arena::Allocator<T>>;
using ScopedText = std::basic_string<char, std::char_traits<char>, ScopedInArena<char>>;
using ScopedRow = std::tuple<ScopedText, int>;

struct LeadingAllocator {
  using allocator_type = arena::Allocator<char>;
  LeadingAllocator(std::allocator_arg_t, const allocator_type& in) : arena(&in.arena()) {}
  LeadingAllocator(std::allocator_arg_t, const allocator_type& in, int n)
      : arena(&in.arena()), number(n) {}
  LeadingAllocator(std::allocator_arg_t, const allocator_type& in, const LeadingAllocator& other)
      : arena(&in.arena()), number(other.number) {}
  arena::Arena* arena;
  int number = 0;
};
using LeadingPair = std::pair<LeadingAllocator, int>;

}  // namespace

TEST_CASE("a map of tuples through a scoped adaptor") {
  arena::MonotonicArena a;
  std::map<int, ScopedRow, std::less<int>, ScopedInArena<std::pair<const int, ScopedRow>>> rows{
      ScopedInArena<std::pair<const int, ScopedRow>>(a)};
  std::get<1>(rows[3]) = 4;
  CHECK(std::get<1>(rows[3]) == 4);
  CHECK(&std::get<0>(rows[3]).get_allocator().arena() == &a);
}

TEST_CASE("an allocator in front that the caller wrote") {
  arena::MonotonicArena a;
  arena::MonotonicArena other;
  const arena::Allocator<char> in(other);
  std::vector<LeadingPair, arena::Allocator<LeadingPair>> pairs(a);
  using Arguments = std::tuple<std::allocator_arg_t, arena::Allocator<char>>;
  pairs.emplace_back(std::piecewise_construct, Arguments(std::allocator_arg, in),
                     std::forward_as_tuple(1));
  pairs.emplace_back(std::piecewise_construct, std::forward_as_tuple(std::allocator_arg, in, 7),
                     std::forward_as_tuple(2));
  pairs.emplace_back(std::piecewise_construct, std::tuple<>(), std::forward_as_tuple(3));
  CHECK(pairs[1].first.number == 7);
  CHECK(pairs[2].first.arena == &a);
  const LeadingPair* const one = arena::Allocate<LeadingPair>(
      a, std::piecewise_construct, Arguments(std::allocator_arg, in), std::forward_as_tuple(4));
  CHECK(one->first.arena == &other);
  CHECK(one->second == 4);
}
