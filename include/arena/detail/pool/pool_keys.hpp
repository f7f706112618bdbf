// SPDX-License-Identifier: Apache-2.0
//
// The keys of a pool. Who holds any shard's mutex may look for a key; who adds one holds all.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "need_history.hpp"
#include "pool_settings.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// What different threads write lies so far apart: processors fetch lines of 64 bytes in pairs.
inline constexpr std::size_t kApart = 128;

// Leases. They may begin in one shard and end in another.
struct LeaseCounts {
  void Add(const LeaseCounts& other) noexcept {
    acquired += other.acquired;
    returned += other.returned;
    multi_buffer += other.multi_buffer;
  }

  std::uint64_t acquired = 0;
  std::uint64_t returned = 0;
  std::uint64_t multi_buffer = 0;  // of these, ended with more than one buffer
};

// What a shard has of a key: its leases, and needs that the key has not got yet. Guarded by the
// shard's mutex.
struct alignas(kApart) KeyPart {
  static constexpr std::size_t kBatch = 16;

  LeaseCounts counts{};
  std::uint64_t brought_at = 0;
  std::size_t learned = 0;    // needs that were brought
  std::size_t batched = 0;    // needs since, of which the latest kBatch are here
  std::uint16_t misfits = 0;  // a bit for each of the latest: did not fit one buffer
  std::array<std::size_t, kBatch> needs{};
};

// A key of the whole pool. Every lease of it reads the members before the mutex. They are written
// only when they change, and share no line with what is written more often.
struct alignas(kApart) PoolKey {
  // Throws std::bad_alloc.
  explicit PoolKey(const PoolSettings& settings)
      : parts(settings.max_shards), needs(settings.options.history, settings.options.quantile) {}
  PoolKey(const PoolKey&) = delete;
  PoolKey& operator=(const PoolKey&) = delete;

  // Becomes the key of another id. Requires the mutexes of all shards.
  void Restart(std::uint64_t new_id, std::uint64_t new_number, const PoolSettings& settings) {
    id = new_id;
    number = new_number;
    for (const std::unique_ptr<KeyPart>& part : parts) {
      if (part != nullptr) *part = {};
    }
    needs.Clear();
    counts = {};
    used = false;
    Publish(settings);
  }

  // While they change, some may be from before: then one lease is too small or too large.
  LeaseSizes Sizes() const noexcept {
    return {min.load(std::memory_order_relaxed), max.load(std::memory_order_relaxed),
            retain.load(std::memory_order_relaxed)};
  }

  // Requires the shard's mutex. Null: there is no memory for it.
  KeyPart* PartOf(std::size_t shard) noexcept {
    std::unique_ptr<KeyPart>& part = parts[shard];
    if (part == nullptr) [[unlikely]]
      part.reset(new (std::nothrow) KeyPart);
    return part.get();
  }

  // The sum of all parts. Requires the mutexes of all shards.
  LeaseCounts Counts() const noexcept {
    LeaseCounts sum = counts;
    for (const std::unique_ptr<KeyPart>& part : parts) {
      if (part != nullptr) sum.Add(part->counts);
    }
    return sum;
  }

  // Requires the mutex, or that of a pool's only shard.
  void AddNeed(std::size_t need, const PoolSettings& settings) noexcept {
    if (needs.Add(need)) [[unlikely]]
      Publish(settings);
  }

  // Adds a need of a pool that has several shards to the part of one. The key gets the latest of
  // them once in a tick, so that no line of it moves between threads at each lease; sooner when
  // many do not fit. (Not at each that does not, or the needs that arrive were no fair sample.)
  void AddNeed(KeyPart& part, std::size_t need, bool fit, std::uint64_t now,
               const PoolSettings& settings) noexcept {
    constexpr std::uint64_t kTick = 4'000'000;  // nanoseconds
    constexpr std::size_t kLearning = 64;       // so many needs are brought one by one
    part.needs[part.batched++ % KeyPart::kBatch] = need;
    part.misfits = static_cast<std::uint16_t>(2U * part.misfits + (fit ? 0U : 1U));
    if (now - part.brought_at < kTick && part.learned >= kLearning &&
        (fit || std::popcount(part.misfits) < 4)) [[likely]]
      return;
    part.brought_at = now;
    Bring(part, settings);
  }

  // For a lease that ends in a shard without memory for a part.
  ARENA_COLD void AddWithoutPart(std::size_t need, bool fit,
                                 const PoolSettings& settings) noexcept {
    const std::lock_guard<Mutex> lock(mutex);
    ++counts.returned;
    counts.multi_buffer += fit ? 0U : 1U;
    AddNeed(need, settings);
    used = true;
  }

  // Takes over the needs that are in the part.
  ARENA_NOINLINE void Bring(KeyPart& part, const PoolSettings& settings) noexcept {
    const std::lock_guard<Mutex> lock(mutex);
    for (std::size_t i = part.batched - MinOf(part.batched, KeyPart::kBatch); i != part.batched;
         ++i) {
      AddNeed(part.needs[i % KeyPart::kBatch], settings);
    }
    used = true;
    part.learned += part.batched;
    part.batched = part.misfits = 0;
  }

  std::uint64_t id = 0;
  std::uint64_t number = 0;  // never used again: tells the ids that it stood for apart
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
  PoolKey* next_in_slot = nullptr;
  std::vector<std::unique_ptr<KeyPart>> parts;         // of each shard, by its index
  std::atomic<std::size_t> min{0}, max{0}, retain{0};  // LeaseSizes of the prediction

  // Guards what follows, or the mutexes of all shards do.
  alignas(kApart) Mutex mutex{};
  NeedHistory needs;
  LeaseCounts counts{};  // of leases that ended without a part
  bool used = false;     // since it was last considered for making way

 private:
  ARENA_COLD void Publish(const PoolSettings& settings) noexcept {
    const LeaseSizes sizes = settings.SizesFor(MaxOf(needs.Quantile(), 1));
    min.store(sizes.min, std::memory_order_relaxed);
    max.store(sizes.max, std::memory_order_relaxed);
    retain.store(sizes.retain, std::memory_order_relaxed);
  }
};

// The keys that a pool remembers: at most `max_keys`, beyond which the least recently used one
// makes way. Of a pool with several shards, used means added or brought to. A hash table whose
// entries are also in a list, by the time of their use. They stay where they are: one that makes
// way for another id becomes its key. Operations are O(1).
class PoolKeys {
 public:
  // Throws std::bad_alloc.
  explicit PoolKeys(const PoolSettings& settings)
      : settings_(settings),
        slots_(std::bit_ceil(MinOf(MaxOf(settings.options.max_keys, 1), kMaxSlots))) {}
  PoolKeys(const PoolKeys&) = delete;
  PoolKeys& operator=(const PoolKeys&) = delete;
  ~PoolKeys() {
    while (most_recent_ != nullptr) delete std::exchange(most_recent_, most_recent_->less_recent);
  }

  std::size_t count() const noexcept { return count_; }

  // Returns the key, or null when it is not remembered.
  PoolKey* Find(std::uint64_t id) const noexcept {
    if (most_recent_ == nullptr || most_recent_->id == id) return most_recent_;
    PoolKey* key = slots_[Slot(id)];
    while (key != nullptr && key->id != id) key = key->next_in_slot;
    return key;
  }

  // Makes a key the most recently used one. Requires the mutexes of all shards.
  void Touch(PoolKey* key) noexcept {
    if (key == most_recent_) return;
    Unlink(key);
    LinkMostRecent(key);
  }

  // Adds a key unless it is there. Requires the mutexes of all shards, and max_keys != 0. Throws
  // std::bad_alloc.
  void Add(std::uint64_t id) {
    if (Find(id) != nullptr) return;
    PoolKey* key;
    if (count_ < settings_.options.max_keys) {
      key = new PoolKey(settings_);
      ++count_;
    } else {
      // So many keys at most are looked at for one that was not used, so that the work is bounded.
      constexpr int kSecondChances = 8;
      for (int i = 0; i < kSecondChances && std::exchange(least_recent_->used, false); ++i) {
        Touch(least_recent_);
      }
      key = least_recent_;
      Unlink(key);
      PoolKey** place = &slots_[Slot(key->id)];
      while (*place != key) place = &(*place)->next_in_slot;
      *place = key->next_in_slot;
    }
    key->Restart(id, ++last_number_, settings_);
    LinkMostRecent(key);
    PoolKey*& slot = slots_[Slot(id)];
    key->next_in_slot = std::exchange(slot, key);
  }

 private:
  // Where there are more keys, the chains of the slots get longer.
  static constexpr std::size_t kMaxSlots = std::size_t{1} << 16;

  ARENA_WRAPS std::size_t Slot(std::uint64_t id) const noexcept {
    // Fibonacci hashing: neighbouring ids, and multiples of a power of two, spread well.
    return ToSize((id * 0x9E3779B97F4A7C15U) >> 32) & (slots_.size() - 1);
  }

  void LinkMostRecent(PoolKey* key) noexcept {
    key->more_recent = nullptr;
    key->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = key;
    most_recent_ = key;
  }

  void Unlink(PoolKey* key) noexcept {
    (key->more_recent != nullptr ? key->more_recent->less_recent : most_recent_) = key->less_recent;
    (key->less_recent != nullptr ? key->less_recent->more_recent : least_recent_) =
        key->more_recent;
  }

  const PoolSettings& settings_;
  std::vector<PoolKey*> slots_;  // a power of two of them
  std::size_t count_ = 0;
  PoolKey* most_recent_ = nullptr;
  PoolKey* least_recent_ = nullptr;
  std::uint64_t last_number_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP
