// SPDX-License-Identifier: Apache-2.0
//
// The keys of a pool: what all threads know of each, and what a shard has of it.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "lru_table.hpp"
#include "need_history.hpp"
#include "pool_settings.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// What different threads write lies so far apart: processors fetch lines of 64 bytes in pairs.
inline constexpr std::size_t kApart = 128;

// Leases of a key. A shard's `open` may be negative: a lease may end on another thread.
struct KeyCounts {
  std::int64_t open = 0;
  std::uint64_t returned = 0;
  std::uint64_t multi_buffer = 0;  // of these, ended with more than one buffer

  void Add(const KeyCounts& other) noexcept {
    open += other.open;
    returned += other.returned;
    multi_buffer += other.multi_buffer;
  }
};

// A key of the whole pool. Every lease of the key reads the last members. They are written only
// when they change, and share no line with what is written more often.
struct alignas(kApart) PoolKey : LruEntry<PoolKey> {
  // Throws std::bad_alloc.
  explicit PoolKey(const PoolSettings& settings)
      : needs(settings.options.history, settings.options.quantile) {}

  // Requires the mutex, or that of a pool's only shard.
  void AddNeed(std::size_t need, const PoolSettings& settings) noexcept {
    if (needs.Add(need)) [[unlikely]]
      Publish(settings);
  }

  // Becomes the key of another id, which `new_number` names. Requires the mutex.
  void Restart(std::uint64_t new_number, const PoolSettings& settings) noexcept {
    number.store(new_number, std::memory_order_relaxed);
    needs.Clear();
    Publish(settings);
    counts = {};
    used = false;
  }

  // While they change, some may be from before: then one lease is too small or too large.
  LeaseSizes Sizes() const noexcept {
    return {min.load(std::memory_order_relaxed), max.load(std::memory_order_relaxed),
            retain.load(std::memory_order_relaxed)};
  }

  Mutex mutex{};  // guards all but the base and the last members
  NeedHistory needs;
  KeyCounts counts{};  // without those that shards have yet
  bool used = false;   // since it was last considered for making way

  alignas(kApart) std::atomic<std::uint64_t> number{0};  // never used again: tells its ids apart
  std::atomic<std::size_t> min{0}, max{0}, retain{0};    // LeaseSizes of the prediction

 private:
  ARENA_COLD void Publish(const PoolSettings& settings) noexcept {
    const LeaseSizes sizes = settings.SizesFor(MaxOf(needs.Quantile(), 1));
    min.store(sizes.min, std::memory_order_relaxed);
    max.store(sizes.max, std::memory_order_relaxed);
    retain.store(sizes.retain, std::memory_order_relaxed);
  }
};

// A key while it stands for one id.
struct KeyName {
  std::uint64_t id;
  PoolKey* key;          // null: none
  std::uint64_t number;  // PoolKey::number

  // Whether it still does. Requires a key.
  bool IsCurrent() const noexcept { return key->number.load(std::memory_order_relaxed) == number; }
};

// The keys that a pool remembers: at most `max_keys`, beyond which the least recently used one
// makes way. Of a pool with several shards, used means added or brought to.
class PoolKeys {
 public:
  explicit PoolKeys(const PoolSettings& settings) noexcept : settings_(settings) {}

  // Finds or adds a key and makes it the most recently used one. Throws std::bad_alloc.
  KeyName Use(std::uint64_t id) {
    const std::lock_guard<Mutex> lock(mutex_);
    const std::size_t max_count = settings_.options.max_keys;
    PoolKey* key = table_.Find(id);
    if (key != nullptr) {
      table_.Touch(key);
      return {id, key, key->number.load(std::memory_order_relaxed)};
    }
    for (int i = 0; i < kSecondChances && table_.count() >= max_count && WasUsed(); ++i) {
      table_.Touch(table_.least_recent());
    }
    key = table_.Add(id, table_.count() < max_count ? new PoolKey(settings_) : nullptr);
    const std::lock_guard<Mutex> key_lock(key->mutex);
    key->Restart(++last_number_, settings_);
    return {id, key, last_number_};
  }

  // Makes a key the most recently used one. For a pool with one shard, which needs no lock.
  void Touch(PoolKey* key) noexcept { table_.Touch(key); }

  // Returns the key, or null when it is forgotten.
  PoolKey* Find(std::uint64_t id) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    return table_.Find(id);
  }

  std::size_t count() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    return table_.count();
  }

 private:
  // So many keys at most are looked at for one that was not used, so that the work is bounded.
  static constexpr int kSecondChances = 8;

  // Whether the next one to make way was used meanwhile.
  bool WasUsed() noexcept {
    PoolKey& key = *table_.least_recent();
    const std::lock_guard<Mutex> lock(key.mutex);
    return std::exchange(key.used, false);
  }

  const PoolSettings& settings_;
  Mutex mutex_{};  // guards what follows
  LruTable<PoolKey> table_{};
  std::uint64_t last_number_ = 0;
};

// What a shard has of a key: its leases, and needs that the key has not got yet.
struct alignas(kApart) ShardKey : LruEntry<ShardKey> {
  static constexpr std::size_t kBatch = 16;
  static constexpr std::uint64_t kTick = 4'000'000;  // nanoseconds
  static constexpr std::size_t kLearning = 64;       // so many needs are brought one by one

  ShardKey() = default;

  // Adds a need of a pool that has several shards. The key gets the latest of them once in a tick,
  // so that no line of it moves between threads at each lease; sooner when many do not fit. (Not at
  // each that does not, or the needs that arrive were no fair sample.)
  void AddNeed(std::size_t need, bool fit, std::uint64_t now,
               const PoolSettings& settings) noexcept {
    needs[batched++ % kBatch] = need;
    misfits = static_cast<std::uint16_t>(2U * misfits + (fit ? 0U : 1U));
    if (now - brought_at < kTick && learned >= kLearning && (fit || std::popcount(misfits) < 4))
        [[likely]]
      return;
    brought_at = now;
    Bring(settings);
  }

  // Gives the key what is here.
  ARENA_NOINLINE void Bring(const PoolSettings& settings) noexcept {
    PoolKey& key = *name.key;
    const std::lock_guard<Mutex> lock(key.mutex);
    if (name.IsCurrent()) {
      for (std::size_t i = batched - MinOf(batched, kBatch); i != batched; ++i) {
        key.AddNeed(needs[i % kBatch], settings);
      }
      key.counts.Add(counts);
      key.used = true;
    }
    learned += batched;
    batched = misfits = 0;
    counts = {};
  }

  KeyName name{};
  KeyCounts counts{};
  std::uint64_t brought_at = 0;
  std::size_t learned = 0;    // needs that were brought
  std::size_t batched = 0;    // needs since, of which the latest kBatch are here
  std::uint16_t misfits = 0;  // a bit for each of the latest: did not fit one buffer
  std::array<std::size_t, kBatch> needs{};
};

// The keys of a shard, at most as many as the pool remembers. The least recently used one makes
// way, and brings what is here of it to its key.
class ShardKeys {
 public:
  ShardKeys(PoolKeys& pool_keys, const PoolSettings& settings, bool is_alone) noexcept
      : alone(is_alone), pool_keys_(pool_keys), settings_(settings) {}

  // Finds or adds the key of a lease that begins; null where keys are not remembered. Throws
  // std::bad_alloc.
  ShardKey* Use(std::uint64_t id) {
    ShardKey* const key = table_.most_recent();
    if (key != nullptr && key->id == id && key->name.IsCurrent()) [[likely]]
      return key;
    return settings_.options.max_keys != 0 ? UseOther(id) : nullptr;
  }

  // Finds or adds the key of a lease that ends; null when it is forgotten.
  ShardKey* Find(const KeyName& name) noexcept {
    ShardKey* const key = table_.Find(name.id);
    if (key != nullptr && key->name.number == name.number) [[likely]]
      return key;
    if (name.key == nullptr || !name.IsCurrent()) return nullptr;
    ShardKey* const added = StandFor(name, key);
    return added != nullptr ? added : StandFor(name, &spare_);
  }

  // What the key has not got yet.
  KeyCounts CountsOf(std::uint64_t id, const PoolKey* of) const noexcept {
    const ShardKey* const key = table_.Find(id);
    return key != nullptr && key->name.key == of && key->name.IsCurrent() ? key->counts
                                                                          : KeyCounts{};
  }

  bool alone;  // no other shard was ever made: its lock guards the keys of the pool

 private:
  ARENA_NOINLINE ShardKey* UseOther(std::uint64_t id) {
    ShardKey* key = table_.Find(id);
    if (key != nullptr) table_.Touch(key);
    if (key != nullptr && key->name.IsCurrent()) {
      if (alone) pool_keys_.Touch(key->name.key);
      return key;
    }
    key = StandFor(pool_keys_.Use(id), key);
    if (key == nullptr) ThrowBadAlloc();
    return key;
  }

  // Adds a key if that one is null. The least recently used one makes way where there is no memory
  // for another. Null when there is none.
  ARENA_COLD ShardKey* StandFor(const KeyName& name, ShardKey* key) noexcept {
    if (key == nullptr) {
      ShardKey* const fresh =
          table_.count() < settings_.options.max_keys ? new (std::nothrow) ShardKey : nullptr;
      if (fresh == nullptr) {
        if (table_.count() == 0) return nullptr;
        table_.least_recent()->Bring(settings_);
      }
      key = table_.Add(name.id, fresh);
    }
    key->name = name;
    key->counts = {};
    key->batched = key->learned = key->misfits = 0;
    return key;
  }

  PoolKeys& pool_keys_;
  const PoolSettings& settings_;
  LruTable<ShardKey> table_{};
  // For a lease that ends where there is no memory for the first key: brings it at once.
  ShardKey spare_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP
