// SPDX-License-Identifier: Apache-2.0
//
// Two translation units that include every header have to link: nothing in a header may be defined
// twice. Both use the same functions, so that both emit them.
#ifndef ARENA_TESTS_CHECKS_TWO_UNITS_HPP
#define ARENA_TESTS_CHECKS_TWO_UNITS_HPP

#include <arena/arena.hpp>
#if __has_include(<arena/containers.hpp>)
#include <arena/containers.hpp>
#endif
#if __has_include(<arena/page_resource.hpp>)
#include <arena/page_resource.hpp>
#endif
#if __has_include(<arena/pool.hpp>)
#include <arena/pool.hpp>
#endif
#if __has_include(<arena/budget.hpp>)
#include <arena/budget.hpp>
#endif
#if __has_include(<arena/coroutine.hpp>)
#include <arena/coroutine.hpp>
#endif
#if __has_include(<arena/iostream.hpp>)
#include <arena/iostream.hpp>
#endif
#if __has_include(<arena/format.hpp>)
#include <arena/format.hpp>
#endif

#include <cstddef>
#include <string>

std::size_t UseInUnitA(arena::Arena& a);
std::size_t UseInUnitB(arena::Arena& a);

namespace two_units {

// Static: one copy per unit, so that each unit instantiates what it needs on its own.
ARENA_MAYBE_UNUSED static std::size_t Use(arena::Arena& a) {
  arena::Allocate<int>(a, 7);
  arena::Allocate<std::string>(a, "a string that is too long for the object itself");
  auto numbers = arena::AllocateSlice<int>(a, 0, 2);
  for (int i = 0; i < 10; ++i) numbers = arena::SliceAppend(a, numbers, i);
  auto words = arena::AllocateSlice<std::string>(a, 1);
  words = arena::SliceAppend(a, words, std::string("word"));
  return numbers.size() + words.size();
}

}  // namespace two_units

#endif  // ARENA_TESTS_CHECKS_TWO_UNITS_HPP
