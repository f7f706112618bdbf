// SPDX-License-Identifier: Apache-2.0
//
// The keys of a pool: what all threads know of them.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "../../config.hpp"
#include "../threads/mutex.hpp"
#include "lru_table.hpp"
#include "need_history.hpp"

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

// A key of the whole pool. Every lease of the key reads the last two members. They are written only
// when they change, and share no line with what is written more often.
struct alignas(kApart) PoolKey : LruEntry<PoolKey> {
  // Throws std::bad_alloc.
  PoolKey(std::size_t history, double quantile) : needs(history, quantile) {}

  // Returns whether the prediction has changed. Requires the mutex, or that of a pool's only shard.
  bool AddNeed(std::size_t need) noexcept {
    if (!needs.Add(need)) return false;
    prediction.store(needs.Quantile(), std::memory_order_release);  // as in Restart
    return true;
  }

  // Becomes the key of another id, which `new_number` names. Requires the mutex.
  void Restart(std::uint64_t new_number) noexcept {
    number.store(new_number, std::memory_order_relaxed);
    prediction.store(1, std::memory_order_release);  // who reads it sees the new number
    needs.Clear();
    counts = {};
    used = false;
  }

  Mutex mutex{};  // guards all but the base
  NeedHistory needs;
  KeyCounts counts{};  // without those that shards have yet
  bool used = false;   // since it was last considered for making way

  alignas(kApart) std::atomic<std::size_t> prediction{1};
  std::atomic<std::uint64_t> number{0};  // never used again: tells the ids that it stood for apart
};

// A key while it stands for one id.
struct KeyName {
  PoolKey* key = nullptr;    // null: none
  std::uint64_t number = 0;  // PoolKey::number; 0: none
};

// The keys that a pool remembers: at most `max_count`, beyond which the least recently used one
// makes way. Of a pool with several shards, used means added or brought to.
class PoolKeys {
 public:
  PoolKeys(std::size_t max_count, std::size_t history, double quantile) noexcept
      : max_count_(max_count), history_(history), quantile_(quantile) {}

  std::size_t max_count() const noexcept { return max_count_; }

  // Finds or adds a key and makes it the most recently used one. Throws std::bad_alloc.
  KeyName Use(std::uint64_t id) {
    const std::lock_guard<Mutex> lock(mutex_);
    PoolKey* key = table_.Find(id);
    if (key != nullptr) {
      table_.Touch(key);
      return {key, key->number.load(std::memory_order_relaxed)};
    }
    for (int i = 0; i < kSecondChances && table_.count() >= max_count_ && WasUsed(); ++i) {
      table_.Touch(table_.least_recent());
    }
    key = table_.Add(id, table_.count() < max_count_ ? new PoolKey(history_, quantile_) : nullptr);
    const std::lock_guard<Mutex> key_lock(key->mutex);
    key->Restart(++last_number_);
    return {key, last_number_};
  }

  // Makes a key the most recently used one. For a pool with one shard, which needs no lock.
  void Touch(PoolKey& key) noexcept { table_.Touch(&key); }

  // Returns the key, or null when it is forgotten.
  KeyName Find(std::uint64_t id) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    PoolKey* const key = table_.Find(id);
    if (key == nullptr) return {};
    return {key, key->number.load(std::memory_order_relaxed)};
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

  const std::size_t max_count_;
  const std::size_t history_;
  const double quantile_;
  Mutex mutex_{};  // guards what follows
  LruTable<PoolKey> table_{};
  std::uint64_t last_number_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP
