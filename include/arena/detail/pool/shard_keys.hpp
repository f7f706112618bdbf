// SPDX-License-Identifier: Apache-2.0
//
// What a shard of a pool has of each key.
#ifndef ARENA_DETAIL_POOL_SHARD_KEYS_HPP
#define ARENA_DETAIL_POOL_SHARD_KEYS_HPP

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "../threads/mutex.hpp"
#include "lru_table.hpp"
#include "pool_keys.hpp"
#include "pool_settings.hpp"
#include "pooled_arena.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// What a shard has of a key: its leases, and needs that the key has not got yet.
struct alignas(kApart) ShardKey : LruEntry<ShardKey> {
  static constexpr std::size_t kBatch = 16;
  static constexpr std::uint64_t kTick = 4'000'000;  // nanoseconds
  static constexpr std::size_t kLearning = 64;       // so many needs are brought one by one

  ShardKey() = default;

  void StandFor(const KeyName& name, const LeaseSizing& sizing) noexcept {
    key = name.key;
    number = name.number;
    counts = {};
    batched = learned = misfits = 0;
    Refresh(sizing);
  }

  // Whether the key still stands for the id, and `sizes` are those for its prediction.
  ARENA_ALWAYS_INLINE bool IsCurrent() const noexcept {
    return key->prediction.load(std::memory_order_acquire) == prediction &&
           key->number.load(std::memory_order_relaxed) == number;
  }

  // Makes it current; false when the key has made way for another.
  ARENA_NOINLINE bool Refresh(const LeaseSizing& sizing) noexcept {
    prediction = key->prediction.load(std::memory_order_acquire);
    sizes = sizing.SizesFor(prediction);
    return key->number.load(std::memory_order_relaxed) == number;
  }

  // Adds a need of a pool that has several shards. The key gets the latest of them once in a tick,
  // so that no line of it moves between threads at each lease; sooner when many do not fit. (Not at
  // each that does not, or the needs that arrive were no fair sample.)
  void AddNeed(std::size_t need, bool fit, std::uint64_t now, const LeaseSizing& sizing) noexcept {
    needs[batched++ % kBatch] = need;
    misfits = static_cast<std::uint16_t>(2U * misfits + (fit ? 0U : 1U));
    if (now - brought_at < kTick && learned >= kLearning && (fit || std::popcount(misfits) < 4))
        [[likely]]
      return;
    brought_at = now;
    Bring();
    Refresh(sizing);
  }

  // Gives the key what is here.
  ARENA_NOINLINE void Bring() noexcept {
    const std::lock_guard<Mutex> lock(key->mutex);
    if (key->number.load(std::memory_order_relaxed) == number) {
      for (std::size_t i = batched - MinOf(batched, kBatch); i != batched; ++i) {
        key->AddNeed(needs[i % kBatch]);
      }
      key->counts.Add(counts);
      key->used = true;
    }
    learned += batched;
    batched = misfits = 0;
    counts = {};
  }

  PoolKey* key = nullptr;
  std::uint64_t number = 0;  // of the key, while it stands for this one's id
  std::size_t prediction = 0;
  LeaseSizes sizes{};  // for that
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
  ShardKeys(PoolKeys& pool_keys, const LeaseSizing& sizing, bool is_alone) noexcept
      : pool_keys_(pool_keys), sizing_(sizing), alone_(is_alone) {
    no_key_.sizes = sizing.SizesFor(1);
  }

  // From now on other shards use the keys of the pool, too.
  void EndAlone() noexcept { alone_ = false; }

  // Finds or adds the key of a lease that begins. Throws std::bad_alloc.
  ShardKey& Use(std::uint64_t id) {
    ShardKey* const key = table_.most_recent();
    if (key != nullptr && key->id == id && key->IsCurrent()) [[likely]]
      return *key;
    return pool_keys_.max_count() != 0 ? UseOther(id) : no_key_;
  }

  // Returns the key of a lease, or null when it is forgotten.
  ShardKey* Find(std::uint64_t id, std::uint64_t number) noexcept {
    ShardKey* const key = table_.Find(id);
    if (key != nullptr && key->number == number) [[likely]]
      return key;
    return FindElsewhere(id, number, key);
  }

  // Counts the end of a lease and adds its need. Returns how large an arena may be to be retained.
  std::size_t AddReturn(const PooledArena& arena, std::uint64_t now) noexcept {
    ShardKey* const key = Find(arena.key_id, arena.key_number);
    if (key == nullptr) [[unlikely]]
      return sizing_.SizesFor(arena.need).retain;
    --key->counts.open;
    ++key->counts.returned;
    if (!arena.fit) [[unlikely]]
      ++key->counts.multi_buffer;
    if (!alone_) {
      key->AddNeed(arena.need, arena.fit, now, sizing_);
    } else if (key->key->AddNeed(arena.need)) {
      key->Refresh(sizing_);
    }
    return key->sizes.retain;
  }

  // What the key has not got yet.
  KeyCounts CountsOf(std::uint64_t id, std::uint64_t number) const noexcept {
    const ShardKey* const key = table_.Find(id);
    return key != nullptr && key->number == number ? key->counts : KeyCounts{};
  }

 private:
  ARENA_NOINLINE ShardKey& UseOther(std::uint64_t id) {
    ShardKey* key = table_.Find(id);
    if (key != nullptr) table_.Touch(key);
    if (key != nullptr && (key->IsCurrent() || key->Refresh(sizing_))) {
      if (alone_) pool_keys_.Touch(*key->key);
      return *key;
    }
    const KeyName name = pool_keys_.Use(id);
    if (key == nullptr) key = Add(id);
    if (key == nullptr) ThrowBadAlloc();
    key->StandFor(name, sizing_);
    return *key;
  }

  // Of a lease that began in another shard, or whose key this one has forgotten.
  ARENA_COLD ShardKey* FindElsewhere(std::uint64_t id, std::uint64_t number,
                                     ShardKey* key) noexcept {
    const KeyName name = number != 0 ? pool_keys_.Find(id) : KeyName{};
    if (name.key == nullptr || name.number != number) return nullptr;
    if (key == nullptr) key = Add(id);
    // There is no memory for the first key. This one brings what it counts at once.
    if (key == nullptr) key = &no_key_;
    key->StandFor(name, sizing_);
    return key;
  }

  // The least recently used key makes way where there is no memory for another. Null when there is
  // none.
  ShardKey* Add(std::uint64_t id) noexcept {
    ShardKey* const fresh =
        table_.count() < pool_keys_.max_count() ? new (std::nothrow) ShardKey : nullptr;
    if (fresh == nullptr) {
      if (table_.count() == 0) return nullptr;
      table_.least_recent()->Bring();
    }
    return table_.Add(id, fresh);
  }

  PoolKeys& pool_keys_;
  const LeaseSizing& sizing_;
  bool alone_;  // no other shard was ever made: no lock guards the keys of the pool
  LruTable<ShardKey> table_{};
  // Stands for none where keys are not remembered, and for the key of one lease that ends where
  // there is no memory for the first key.
  ShardKey no_key_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_SHARD_KEYS_HPP
