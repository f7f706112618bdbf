// SPDX-License-Identifier: Apache-2.0
//
// The keys that a pool remembers: a bounded table that evicts the least recently used key.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "lease_sizes.hpp"
#include "need_history.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey {
  // Throws std::bad_alloc.
  PoolKey(std::uint64_t key_id, std::size_t history, double quantile,
          const LeaseSizes& initial_sizes)
      : id(key_id), sizes(initial_sizes), needs(history, quantile) {}
  PoolKey(const PoolKey&) = delete;
  PoolKey& operator=(const PoolKey&) = delete;

  std::size_t open() const noexcept { return ToSize(acquired - returned); }

  std::uint64_t id;
  std::uint64_t acquired = 0;      // leases so far
  std::uint64_t returned = 0;      // of these, ended
  std::uint64_t multi_buffer = 0;  // of these, ended with more than one buffer
  LeaseSizes sizes;                // for the quantile of the needs
  NeedHistory needs;
  bool evicted = false;  // No longer in the table: the last lease deletes the key.
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
  PoolKey* next_in_slot = nullptr;
};

// A hash table whose keys are also in a list, by the time of their last use. Operations are O(1),
// amortised.
class PoolKeys {
 public:
  PoolKeys() = default;
  ~PoolKeys() {
    while (most_recent_ != nullptr) Evict(most_recent_);
  }
  PoolKeys(const PoolKeys&) = delete;
  PoolKeys& operator=(const PoolKeys&) = delete;

  std::size_t count() const noexcept { return count_; }

  // Returns the key, or null when it is not in the table.
  PoolKey* Find(std::uint64_t id) const noexcept {
    if (count_ == 0) return nullptr;
    PoolKey* key = slots_[Slot(id)];
    while (key != nullptr && key->id != id) key = key->next_in_slot;
    return key;
  }

  // Finds the key and makes it the most recently used one; null when it is not in the table.
  PoolKey* Use(std::uint64_t id) noexcept {
    if (most_recent_ != nullptr && most_recent_->id == id) return most_recent_;
    PoolKey* const key = Find(id);
    if (key != nullptr) {
      UnlinkByUse(key);
      LinkMostRecent(key);
    }
    return key;
  }

  // Adds a key that is not in the table, and evicts another one if there are `max_count` already.
  // Requires max_count > 0. Throws std::bad_alloc, with nothing changed.
  PoolKey* Add(std::unique_ptr<PoolKey> fresh, std::size_t max_count) {
    if (count_ >= max_count) Evict(least_recent_);
    if (count_ == slot_count_) Grow();
    PoolKey* const key = fresh.release();
    LinkMostRecent(key);
    LinkInSlot(key);
    ++count_;
    return key;
  }

  // Deletes an evicted key without open leases. Called after each lease that ends.
  static void DeleteIfLast(PoolKey* key) noexcept {
    if (key->evicted && key->open() == 0) delete key;
  }

 private:
  ARENA_WRAPS std::size_t Slot(std::uint64_t id) const noexcept {
    // Fibonacci hashing: neighbouring keys, and multiples of a power of two, spread well.
    return ToSize((id * 0x9E3779B97F4A7C15U) >> 32) & (slot_count_ - 1);
  }

  void Evict(PoolKey* key) noexcept {
    PoolKey** place = &slots_[Slot(key->id)];
    while (*place != key) place = &(*place)->next_in_slot;
    *place = key->next_in_slot;
    UnlinkByUse(key);
    --count_;
    key->evicted = true;
    DeleteIfLast(key);
  }

  ARENA_COLD void Grow() {
    const std::size_t slot_count = MaxOf(2 * slot_count_, 16);
    slots_ = std::make_unique<PoolKey*[]>(slot_count);
    slot_count_ = slot_count;
    for (PoolKey* key = most_recent_; key != nullptr; key = key->less_recent) LinkInSlot(key);
  }

  void LinkInSlot(PoolKey* key) noexcept {
    PoolKey*& first = slots_[Slot(key->id)];
    key->next_in_slot = first;
    first = key;
  }

  void LinkMostRecent(PoolKey* key) noexcept {
    key->more_recent = nullptr;
    key->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = key;
    most_recent_ = key;
  }

  void UnlinkByUse(PoolKey* key) noexcept {
    (key->more_recent != nullptr ? key->more_recent->less_recent : most_recent_) = key->less_recent;
    (key->less_recent != nullptr ? key->less_recent->more_recent : least_recent_) =
        key->more_recent;
  }

  std::unique_ptr<PoolKey*[]> slots_{};
  std::size_t slot_count_ = 0;  // a power of two, or 0
  std::size_t count_ = 0;
  PoolKey* most_recent_ = nullptr;
  PoolKey* least_recent_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP
