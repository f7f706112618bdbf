// SPDX-License-Identifier: Apache-2.0
//
// Seeded random sizes: the same ones wherever size_t is as wide, and no conversion where it is not.
#ifndef ARENA_TESTS_SUPPORT_RANDOM_HPP
#define ARENA_TESTS_SUPPORT_RANDOM_HPP

#include <cstddef>
#include <cstdint>
#include <random>

namespace arena_test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  using result_type = std::size_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return SIZE_MAX; }
  result_type operator()() { return static_cast<std::size_t>(engine_()); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_RANDOM_HPP
