// SPDX-License-Identifier: Apache-2.0
//
// Leases whose memory is guarded: which ones they are, and where it comes from.
#ifndef ARENA_DETAIL_POOL_GUARDED_LEASES_HPP
#define ARENA_DETAIL_POOL_GUARDED_LEASES_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string_view>

#include "../../config.hpp"
#include "../../guard.hpp"
#include "../../pool_options.hpp"
#include "../core/align.hpp"
#include "../core/text_line.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Chooses one lease in about n, at random: what comes again and again, every n-th request say, is
// not missed for ever.
class LeaseSampler {
 public:
  // 0: none.
  explicit LeaseSampler(std::size_t one_in) noexcept
      : one_in_(MinOf(one_in, SIZE_MAX / 4)),
        random_(static_cast<std::uint64_t>(
                    std::chrono::steady_clock::now().time_since_epoch().count()) ^
                reinterpret_cast<std::uintptr_t>(this)) {
    if (one_in != 0) ChooseFrom(0);
  }

  bool Chose(std::uint64_t lease) const noexcept { return lease >= next_; }

  // The next one is this lease or one of the 2n - 2 that follow: n - 1 later on average. Leases are
  // counted from 0.
  ARENA_WRAPS void ChooseFrom(std::uint64_t lease) noexcept {
    // SplitMix64 by Sebastiano Vigna.
    std::uint64_t mixed = random_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    next_ = lease + (mixed ^ (mixed >> 31U)) % (2 * one_in_ - 1);
  }

 private:
  std::uint64_t one_in_;
  std::uint64_t random_;
  std::uint64_t next_ = UINT64_MAX;
};

// The memory of all guarded leases of a pool.
class LeaseGuard {
 public:
  explicit LeaseGuard(const ArenaPoolOptions& options) noexcept : options_(options) {
#if ARENA_HAS_GUARD
    if (OneIn(options) == 0) return;
    guard_.emplace(GuardResourceOptions{.name = "ArenaPool", .slot_count = options.guard_slots});
#endif
  }

  // What a LeaseSampler is to go by: 0 where no lease can be guarded.
  static std::size_t OneIn(const ArenaPoolOptions& options) noexcept {
    return ARENA_HAS_GUARD && options.guard_slots != 0 ? options.guard_one_in : 0;
  }

  // Whether a slot is not in use.
  bool HasRoom() const noexcept {
#if ARENA_HAS_GUARD
    return guard_.has_value() && guard_->Stats().live < options_.guard_slots;
#else
    return false;
#endif
  }

  // An upstream for the arena of one lease, which it has to outlive. Null: this one is as any
  // other, because there is no room.
  std::unique_ptr<std::pmr::memory_resource> MakeUpstream(
      ARENA_MAYBE_UNUSED std::uint64_t key) noexcept {
#if ARENA_HAS_GUARD
    if (guard_.has_value() && HasRoom()) {
      TextLine label;
      label << "key " << key;
      const std::string_view name =
          options_.key_name != nullptr ? options_.key_name(key) : std::string_view();
      if (!name.empty()) (label << " (").Append(name.data(), name.size()) << ")";
      const std::string_view text(label.c_str(), label.size());
      return std::unique_ptr<GuardLabel>(new (std::nothrow) GuardLabel(*guard_, text));
    }
#endif
    return nullptr;
  }

 private:
  const ArenaPoolOptions& options_;
#if ARENA_HAS_GUARD
  std::optional<GuardResource> guard_{};
#endif
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_GUARDED_LEASES_HPP
