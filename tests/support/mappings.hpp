// SPDX-License-Identifier: Apache-2.0
//
// How many mappings Linux allows a process.
#ifndef ARENA_TESTS_SUPPORT_MAPPINGS_HPP
#define ARENA_TESTS_SUPPORT_MAPPINGS_HPP

#include <cstddef>
#include <cstdio>

namespace arena_test {

// 0 when it is not known.
inline std::size_t MaxMappings() {
  std::size_t count = 0;
  if (std::FILE* const file = std::fopen("/proc/sys/vm/max_map_count", "r")) {
    if (std::fscanf(file, "%zu", &count) != 1) count = 0;
    std::fclose(file);
  }
  return count;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_MAPPINGS_HPP
