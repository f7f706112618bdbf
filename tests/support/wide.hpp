// SPDX-License-Identifier: Apache-2.0
//
// Integers in which sums and products of two sizes do not overflow.
#ifndef ARENA_TESTS_SUPPORT_WIDE_HPP
#define ARENA_TESTS_SUPPORT_WIDE_HPP

#include <cstddef>
#include <cstdint>

namespace arena_test {

#if SIZE_MAX > 0xFFFFFFFF
__extension__ typedef unsigned __int128 Wide;
#else
using Wide = std::uint64_t;
#endif
static_assert(sizeof(Wide) == 2 * sizeof(std::size_t));

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_WIDE_HPP
