// SPDX-License-Identifier: Apache-2.0
//
// What a pool remembers of its keys: a bounded table that forgets the key not used for longest.
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
  PoolKey(std::uint64_t its_name, std::size_t history, double quantile, const LeaseSizes& its_sizes)
      : name(its_name), sizes(its_sizes), needs(history, quantile) {}
  PoolKey(const PoolKey&) = delete;
  PoolKey& operator=(const PoolKey&) = delete;

  std::size_t open() const noexcept { return ToSize(acquired - returned); }

  std::uint64_t name;
  std::uint64_t acquired = 0;  // leases
  std::uint64_t returned = 0;
  std::uint64_t several_buffers = 0;  // of those returned
  LeaseSizes sizes;                   // by the quantile of the needs
  NeedHistory needs;
  bool forgotten = false;  // no longer in the table: its last lease deletes it
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
  PoolKey* next_in_slot = nullptr;
};

// A hash table whose records are also a list in the order of their use. O(1), but for growing.
class PoolKeys {
 public:
  PoolKeys() = default;
  ~PoolKeys() {
    while (most_recent_ != nullptr) Forget(most_recent_);
  }
  PoolKeys(const PoolKeys&) = delete;
  PoolKeys& operator=(const PoolKeys&) = delete;

  std::size_t count() const noexcept { return count_; }

  // The key's record, null when there is none.
  PoolKey* Find(std::uint64_t name) const noexcept {
    if (count_ == 0) return nullptr;
    PoolKey* key = slots_[Slot(name)];
    while (key != nullptr && key->name != name) key = key->next_in_slot;
    return key;
  }

  // The same, as the one that was used last.
  PoolKey* Use(std::uint64_t name) noexcept {
    if (most_recent_ != nullptr && most_recent_->name == name) return most_recent_;
    PoolKey* const key = Find(name);
    if (key != nullptr) {
      UnlinkByUse(key);
      LinkMostRecent(key);
    }
    return key;
  }

  // Adds a key that is not in the table; beyond `max_count`, which is not 0, another one is
  // forgotten. Throws std::bad_alloc, with nothing changed.
  PoolKey* Add(std::unique_ptr<PoolKey> fresh, std::size_t max_count) {
    if (count_ >= max_count) Forget(least_recent_);
    if (count_ == slot_count_) Grow();
    PoolKey* const key = fresh.release();
    LinkMostRecent(key);
    LinkInSlot(key);
    ++count_;
    return key;
  }

  // For the end of a lease of the key, once it is counted.
  static void DeleteIfLast(PoolKey* key) noexcept {
    if (key->forgotten && key->open() == 0) delete key;
  }

 private:
  ARENA_WRAPS std::size_t Slot(std::uint64_t name) const noexcept {
    // Fibonacci hashing: neighbouring keys, and multiples of a power of two, spread well.
    return ToSize((name * 0x9E3779B97F4A7C15U) >> 32) & (slot_count_ - 1);
  }

  void Forget(PoolKey* key) noexcept {
    PoolKey** place = &slots_[Slot(key->name)];
    while (*place != key) place = &(*place)->next_in_slot;
    *place = key->next_in_slot;
    UnlinkByUse(key);
    --count_;
    key->forgotten = true;
    DeleteIfLast(key);
  }

  ARENA_COLD void Grow() {
    const std::size_t slot_count = MaxOf(2 * slot_count_, 16);
    slots_ = std::make_unique<PoolKey*[]>(slot_count);
    slot_count_ = slot_count;
    for (PoolKey* key = most_recent_; key != nullptr; key = key->less_recent) LinkInSlot(key);
  }

  void LinkInSlot(PoolKey* key) noexcept {
    PoolKey*& first = slots_[Slot(key->name)];
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
