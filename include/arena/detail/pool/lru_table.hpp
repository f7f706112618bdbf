// SPDX-License-Identifier: Apache-2.0
//
// A bounded table of keys that knows which one was least recently used.
#ifndef ARENA_DETAIL_POOL_LRU_TABLE_HPP
#define ARENA_DETAIL_POOL_LRU_TABLE_HPP

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// What a table needs of its entries; they derive from this.
template <class Entry>
class LruEntry {
 public:
  std::uint64_t id = 0;
  Entry* less_recent = nullptr;
  Entry* more_recent = nullptr;
  Entry* next_in_slot = nullptr;

 private:
  friend Entry;
  LruEntry() = default;
};

// A hash table whose entries are also in a list, by the time of their last use. It owns them. They
// stay where they are: one that makes way for another id becomes its entry. Operations are O(1),
// amortised.
template <class Entry>
class LruTable {
 public:
  LruTable() = default;
  LruTable(const LruTable&) = delete;
  LruTable& operator=(const LruTable&) = delete;
  ~LruTable() {
    while (most_recent_ != nullptr) delete std::exchange(most_recent_, most_recent_->less_recent);
    if (slots_ != first_slots_) delete[] slots_;
  }

  std::size_t count() const noexcept { return count_; }
  Entry* most_recent() const noexcept { return most_recent_; }
  Entry* least_recent() const noexcept { return least_recent_; }

  // Returns the entry, or null when it is not in the table.
  Entry* Find(std::uint64_t id) const noexcept {
    if (most_recent_ == nullptr || most_recent_->id == id) return most_recent_;
    Entry* entry = slots_[Slot(id)];
    while (entry != nullptr && entry->id != id) entry = entry->next_in_slot;
    return entry;
  }

  // Makes an entry of the table the most recently used one.
  void Touch(Entry* entry) noexcept {
    UnlinkByUse(entry);
    LinkMostRecent(entry);
  }

  // Adds an id that is not in the table, as the most recently used one, and returns its entry. That
  // is `fresh`, made by new, which the table owns from now on; or, if it is null, the entry of the
  // least recently used id, which makes way.
  Entry* Add(std::uint64_t id, Entry* fresh) noexcept {
    Entry* const entry = fresh != nullptr ? fresh : least_recent_;
    if (fresh == nullptr) {
      UnlinkByUse(entry);
      Entry** place = &slots_[Slot(entry->id)];
      while (*place != entry) place = &(*place)->next_in_slot;
      *place = entry->next_in_slot;
    } else if (++count_ > slot_count_) {
      Grow();
    }
    entry->id = id;
    LinkMostRecent(entry);
    LinkInSlot(entry);
    return entry;
  }

 private:
  static constexpr std::size_t kFirstSlots = 16;

  ARENA_WRAPS std::size_t Slot(std::uint64_t id) const noexcept {
    // Fibonacci hashing: neighbouring ids, and multiples of a power of two, spread well.
    return ToSize((id * 0x9E3779B97F4A7C15U) >> 32) & (slot_count_ - 1);
  }

  // Where there is no memory for more slots, their chains get longer.
  ARENA_COLD void Grow() noexcept {
    Entry** const larger = new (std::nothrow) Entry*[2 * slot_count_]();
    if (larger == nullptr) return;
    if (slots_ != first_slots_) delete[] slots_;
    slots_ = larger;
    slot_count_ *= 2;
    for (Entry* each = most_recent_; each != nullptr; each = each->less_recent) LinkInSlot(each);
  }

  void LinkInSlot(Entry* entry) noexcept {
    Entry*& first = slots_[Slot(entry->id)];
    entry->next_in_slot = first;
    first = entry;
  }

  void LinkMostRecent(Entry* entry) noexcept {
    entry->more_recent = nullptr;
    entry->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = entry;
    most_recent_ = entry;
  }

  void UnlinkByUse(Entry* entry) noexcept {
    (entry->more_recent != nullptr ? entry->more_recent->less_recent : most_recent_) =
        entry->less_recent;
    (entry->less_recent != nullptr ? entry->less_recent->more_recent : least_recent_) =
        entry->more_recent;
  }

  Entry* first_slots_[kFirstSlots] = {};
  Entry** slots_ = first_slots_;
  std::size_t slot_count_ = kFirstSlots;  // a power of two
  std::size_t count_ = 0;
  Entry* most_recent_ = nullptr;
  Entry* least_recent_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_LRU_TABLE_HPP
