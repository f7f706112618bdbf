// SPDX-License-Identifier: Apache-2.0
//
// A range of addresses that is reserved at once and gets memory step by step.
//
//     base()           size                committed_            reserved()
//     +----------------+-------------------+---------------------+
//     | usable         | rest of the page  | no access           |
//     +----------------+-------------------+---------------------+
#ifndef ARENA_DETAIL_OS_ADDRESS_RANGE_HPP
#define ARENA_DETAIL_OS_ADDRESS_RANGE_HPP

#include <cstddef>

#include "../../config.hpp"
#include "../chunks/chunk_store.hpp"
#include "../core/align.hpp"
#include "../core/assert.hpp"
#include "pages.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

class AddressRange final : public GrowingMemory {
 public:
  // Reserves `bytes` bytes of addresses, or where these are refused, an eighth to a quarter of what is
  // to be had. Takes `step` bytes of memory at a time, and an eighth of what it has when that is more.
  AddressRange(std::size_t bytes, std::size_t step) noexcept
      : step_(MinOf(step, kMaxSize)), reserved_(RoundUp(MinOf(bytes, kMaxSize / 2))) {
    if (Reserve()) return;
    do {
      reserved_ = RoundDown(reserved_ / 2);
    } while (reserved_ != 0 && !Reserve());
    if (reserved_ == 0) return;
    // The program needs addresses, too.
    detail::UnmapPages(base_, reserved_);
    reserved_ = RoundDown(reserved_ / 4);
    if (!Reserve()) reserved_ = 0;
  }

  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;
  ~AddressRange() {
    if (base_ != nullptr) detail::UnmapPages(base_, reserved_);
  }

  // Null when no page of addresses was to be had.
  std::byte* base() const noexcept override { return base_; }
  std::size_t reserved() const noexcept { return reserved_; }
  std::size_t committed() const noexcept { return committed_; }

  std::size_t Grow(std::size_t min, std::size_t max) noexcept override {
    if (min > reserved_) return 0;
    const std::size_t step = MaxOf(step_, committed_ / 8);
    // The sum of two sizes does not wrap.
    std::size_t wanted = MinOf(MinOf(max, reserved_), MaxOf(min, committed_ + step));
    while (!CommitTo(RoundUp(wanted))) {
      if (wanted == min) return 0;
      const std::size_t more = (wanted - min) / 2;
      wanted = more < PageSize() ? min : min + more;
    }
    return MinOf(max, committed_);
  }

  void Shrink(std::size_t size) noexcept override {
    const std::size_t rest = RoundUp(size);
    if (rest < committed_ && detail::DecommitPages(base_ + rest, committed_ - rest)) {
      committed_ = rest;
    }
  }

 private:
  static std::size_t RoundUp(std::size_t bytes) noexcept { return AlignUp(bytes, PageSize()); }
  static std::size_t RoundDown(std::size_t bytes) noexcept { return AlignDown(bytes, PageSize()); }

  bool Reserve() noexcept {
    base_ = reserved_ != 0 ? static_cast<std::byte*>(detail::ReservePages(reserved_)) : nullptr;
    return base_ != nullptr;
  }

  bool CommitTo(std::size_t bytes) noexcept {
    ARENA_ASSERT(bytes <= reserved_);
    if (bytes <= committed_) return true;
    if (!detail::CommitPages(base_ + committed_, bytes - committed_)) return false;
    committed_ = bytes;
    return true;
  }

  std::size_t step_;
  std::size_t reserved_;  // of addresses, in whole pages
  std::byte* base_ = nullptr;
  std::size_t committed_ = 0;  // of memory, in whole pages, from base_ on
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_ADDRESS_RANGE_HPP
