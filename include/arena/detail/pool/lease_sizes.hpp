// SPDX-License-Identifier: Apache-2.0
//
// How large the arena of a lease is, given what the lease is expected to need.
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

// What follows from a prediction, all in bytes.
struct LeaseSizes {
  std::size_t least;  // an arena that is lent holds at least this: the prediction
  std::size_t most;   // an idle arena that is lent holds at most this
  std::size_t keep;   // an arena that is kept holds at most this
};

class LeaseSizing {
 public:
  // Room in a first buffer beyond what a lease used: for paddings that fall otherwise.
  static constexpr std::size_t kOverhead = 64;

  // in_pages: upstream hands out whole pages.
  explicit LeaseSizing(bool in_pages) noexcept : in_pages_(in_pages) {}

  // About a page: more would not be in proportion to what a small request needs.
  std::size_t SmallestBuffer() const noexcept { return smallest_buffer_; }

  // The size of a new arena's first buffer; with its header it fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= smallest_buffer_) return smallest_buffer_;
    const std::size_t page = PageResource::PageSize();
    if (!in_pages_ || prediction > kMaxSize - 2 * page) return prediction;
    const std::size_t header = Chunk::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  // Twice the prediction at most is what a lease may hold beyond its need, and less of it is worth
  // keeping: the prediction itself may be high by chance.
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

  std::size_t smallest_buffer_ = PageResource::PageSize() - Chunk::BlockBytes(0);
  bool in_pages_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_LEASE_SIZES_HPP
