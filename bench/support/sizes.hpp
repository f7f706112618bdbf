// SPDX-License-Identifier: Apache-2.0
//
// Requests of random sizes, the same in each process and with each standard library: generated
// before the clock runs, from a fixed seed.
#ifndef ARENA_BENCH_SUPPORT_SIZES_HPP
#define ARENA_BENCH_SUPPORT_SIZES_HPP

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace bench {

struct Request {
  std::uint32_t size;
  std::uint32_t alignment;
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// A number of [low, high]. Slightly uneven, as all ranges here are tiny against 2^64.
  std::size_t Between(std::size_t low, std::size_t high) {
    return low + static_cast<std::size_t>(engine_() % (high - low + 1));
  }

 private:
  std::mt19937_64 engine_;
};

/// `count` requests of `low` to `high` bytes, aligned to powers of two up to `max_alignment`.
inline std::vector<Request> MixedRequests(std::size_t count, std::size_t low, std::size_t high,
                                          std::size_t max_alignment) {
  std::size_t powers = 0;
  while ((std::size_t{1} << powers) < max_alignment) ++powers;
  Random random(20250611);
  std::vector<Request> requests(count);
  for (Request& request : requests) {
    request.size = static_cast<std::uint32_t>(random.Between(low, high));
    request.alignment = std::uint32_t{1} << random.Between(0, powers);
  }
  return requests;
}

/// Requests of `low` to `high` bytes, aligned to up to 16, that add up to at least `total`.
inline std::vector<Request> RequestsOf(std::size_t total, std::size_t low, std::size_t high) {
  std::vector<Request> requests = MixedRequests(total / low + 1, low, high, 16);
  std::size_t sum = 0;
  std::size_t count = 0;
  while (sum < total) sum += requests[count++].size;
  requests.resize(count);
  return requests;
}

inline std::size_t TotalSize(const std::vector<Request>& requests) {
  std::size_t sum = 0;
  for (const Request& request : requests) sum += request.size;
  return sum;
}

/// The total with the most padding there can be.
inline std::size_t TotalReach(const std::vector<Request>& requests) {
  std::size_t sum = 0;
  for (const Request& request : requests) sum += request.size + request.alignment - 1;
  return sum;
}

}  // namespace bench

#endif  // ARENA_BENCH_SUPPORT_SIZES_HPP
