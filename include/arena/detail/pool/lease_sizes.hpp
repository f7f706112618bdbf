// SPDX-License-Identifier: Apache-2.0
//
// Chooses the size of a lease's arena from the predicted need.
#ifndef ARENA_DETAIL_POOL_LEASE_SIZES_HPP
#define ARENA_DETAIL_POOL_LEASE_SIZES_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../../page_resource.hpp"
#include "../chunks/chunk.hpp"
#include "../core/align.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// The bounds that follow from a prediction, in bytes.
struct LeaseSizes {
  std::size_t min;     // of an arena that is lent: the prediction
  std::size_t max;     // of an idle arena that is lent
  std::size_t retain;  // upper bound of an arena that the pool retains
};

class LeaseSizing {
 public:
  // Slack beyond the measured need: alignment padding differs between leases.
  static constexpr std::size_t kOverhead = 64;

  // Pass true if upstream hands out whole pages.
  explicit LeaseSizing(bool in_pages) noexcept : in_pages_(in_pages) {}

  // Size of the smallest buffer: a page with its header, since small requests would waste more.
  std::size_t MinBuffer() const noexcept { return min_buffer_; }

  // Size of a new arena's first buffer. With its header it fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= min_buffer_) return min_buffer_;
    const std::size_t page = PageResource::PageSize();
    if (!in_pages_ || prediction > kMaxSize - 2 * page) return prediction;
    const std::size_t header = Chunk::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  // A lease may hold up to twice the prediction. The bound for retaining is lower, because the
  // prediction itself may be high by chance.
  LeaseSizes SizesFor(std::size_t prediction) const noexcept {
    const std::size_t first = FirstBuffer(prediction);
    return {prediction, MaxOf(Sum(prediction, prediction), first),
            MaxOf(Sum(prediction, prediction / 2), first)};
  }

  static std::size_t WithOverhead(std::size_t bytes) noexcept { return Sum(bytes, kOverhead); }

 private:
  static std::size_t Sum(std::size_t a, std::size_t b) noexcept {
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
  }

  std::size_t min_buffer_ = PageResource::PageSize() - Chunk::BlockBytes(0);
  bool in_pages_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_LEASE_SIZES_HPP
