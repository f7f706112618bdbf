// SPDX-License-Identifier: Apache-2.0
//
// The upstream of an interpreter's arenas: it checks how it is used, and has no memory for requests that
// are larger than any real one.
#ifndef ARENA_TESTS_RANDOM_UPSTREAM_HPP
#define ARENA_TESTS_RANDOM_UPSTREAM_HPP

#include <cstddef>
#include <memory_resource>

#include "support/checking_resource.hpp"

namespace arena_random {

// A buffer's header, its alignment and its rounding take no more than this.
inline constexpr std::size_t kMostOverhead = 128;

inline arena_test::CheckingOptions UpstreamOptions(bool hostile,
                                                   std::pmr::memory_resource* memory) {
  arena_test::CheckingOptions options;
  options.hostile = hostile;
  options.refuse_above = std::size_t{1} << 24;
  options.memory = memory;
  return options;
}

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_UPSTREAM_HPP
