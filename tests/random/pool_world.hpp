// SPDX-License-Identifier: Apache-2.0
//
// The interpreter of random programs about an ArenaPool. Its model knows which arenas are idle, how
// old they are and what each key has needed, between bounds where a promise leaves a choice; whose
// memory is whose and what it holds; which cleanups are owed; and what upstream has given. Where
// several threads are played, it leaves the choice of idle arenas and of keys to make way, and how soon
// a need counts, to the pool; bounds and sums are exact.
#ifndef ARENA_TESTS_RANDOM_POOL_WORLD_HPP
#define ARENA_TESTS_RANDOM_POOL_WORLD_HPP

#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "random/narrator.hpp"
#include "random/objects.hpp"
#include "random/placed_memory.hpp"
#include "random/program.hpp"
#include "random/upstream.hpp"
#include "support/checking_resource.hpp"
#include "support/raw_memory.hpp"
#include "support/replace.hpp"

namespace arena_random {

class PoolWorld final : public Observer, private Narrator {
 public:
  PoolWorld(const Program& program, bool trace);
  PoolWorld(const PoolWorld&) = delete;
  PoolWorld& operator=(const PoolWorld&) = delete;
  ~PoolWorld() override;

  // Runs the program to its end; `steps` counts as it goes.
  void Run(std::size_t* steps);

 private:
  // From the least to the most that a lease can have needed.
  struct Need {
    std::size_t least = 0;
    std::size_t most = 0;
  };

  struct Key {
    std::uint64_t name = 0;
    std::deque<Need> needs;  // the latest ones
    std::size_t most = 1;    // of all needs
    std::uint64_t returned = 0;
    std::uint64_t single_buffer = 0;
    std::size_t open = 0;
  };

  struct Block {
    int id = 0;
    unsigned char* data = nullptr;
    std::size_t size = 0;
  };

  enum class Action : std::uint8_t { kNone, kAlloc, kDefer };

  // A cleanup that a lease owes: an object's end, or a deferred call.
  struct Owed {
    const void* object = nullptr;
    int id = 0;
    Action action = Action::kNone;
  };

  struct OpenScope {
    std::unique_ptr<arena::ArenaScope> scope;
    arena::ArenaStats stats;
    std::size_t blocks = 0;
    std::size_t owed = 0;
  };

  struct Lease {
    Lease() = default;
    Lease(Lease&&) noexcept = default;
    // A vector assigns when it erases, which a lease itself does not allow.
    Lease& operator=(Lease&& other) noexcept {
      if (this == &other) return *this;
      arena_test::Replace(*this, std::move(other));
      return *this;
    }
    ~Lease() = default;

    int id = 0;
    int pool = 0;  // the number of its pool
    arena::ArenaLease lease;
    std::shared_ptr<Key> key;  // null: none is remembered
    std::vector<Block> blocks;
    std::vector<Owed> owed;
    std::vector<OpenScope> scopes;
    std::size_t highest = 0;  // of Len and the records
    std::size_t slack = 0;    // what it may have needed beyond that, for a moment
    std::size_t buffers = 1;  // at most
    bool released = false;    // its first buffer may be one that is never kept
    bool shaped = false;      // by Reserve or ShrinkTo: its end may free buffers
  };

  struct Idle {
    const arena::MonotonicArena* arena = nullptr;
    std::size_t cap = 0;
    std::uint64_t since = 0;
  };

  void Do(const Step& step);
  void Finish();
  void MakePool();
  void EndPool();
  void Acquire(const Step& step);
  void NoteLease(Lease& lease, const arena::ArenaPoolStats& before, std::size_t expected);
  std::shared_ptr<Key> UseKey(std::uint64_t name);
  void AllocStep(Lease& lease, const Step& step);
  void ObjectStep(Lease& lease, const Step& step);
  void ForgetStep(Lease& lease, bool release);
  void ShapeStep(Lease& lease, const Step& step);
  void ScopeStep(Lease& lease, const Step& step);
  void CloseScope(Lease& lease);
  void Return(std::size_t index, const char* how);
  // Runs what makes the lease's arena pay its cleanups, down to `keep` of them.
  template <class End>
  void PayCleanups(Lease& lease, std::size_t keep, End end);
  void MoveStep(const Step& step);
  void ShrinkToStep(const Step& step);
  void ClockStep(const Step& step);

  void NoteUse(Lease& lease, std::size_t slack);
  void AddBlock(Lease& lease, void* data, std::size_t size, int id);
  void PassTime();
  bool TooOld(const Idle& idle) const;
  // Takes those out of the model that the pool has given up; how many.
  std::size_t GiveUp(const arena::ArenaPoolStats& stats, std::size_t most_bytes);
  void CheckAge(std::size_t given_up) const;
  bool HasSeveralShards() const { return program_.pool.shards != 1; }
  void Check() const;
  void VerifyBlocks() const;
  std::size_t Quantile(const Key& key, std::size_t Need::* bound) const;

  void OnBirth(void* object, std::size_t size, bool may_throw) override;
  void OnTouch(const void* object) noexcept override;
  void OnDeath(void* object) noexcept override;
  void OnCall(int id) noexcept override;
  void Pay(const void* object, int id) noexcept;

  const Program& program_;
  PlacedMemory memory_;
  arena_test::CheckingResource upstream_;
  arena::ArenaPoolOptions options_;
  std::optional<arena::ArenaPool> pool_;
  int pool_number_ = 0;
  int next_id_ = 0;
  std::vector<Lease> leases_;
  std::unordered_map<const void*, int> lives_;

  std::vector<Idle> idle_;                // the oldest first
  bool idle_known_ = true;                // whether that is them for sure
  std::list<std::shared_ptr<Key>> keys_;  // the one used last is the first
  std::uint64_t time_ = 0;                // of the pool, in nanoseconds
  std::int64_t clock_ = 0;                // what the clock said last
  std::size_t long_jumps_ = 0;
  std::uint64_t acquired_ = 0;
  std::uint64_t reused_ = 0;
  std::uint64_t returned_ = 0;
  std::uint64_t single_buffer_ = 0;
  std::size_t open_ = 0;  // of this pool

  Lease* paying_ = nullptr;                        // its cleanups run, ...
  arena::MonotonicArena* paying_arena_ = nullptr;  // ... and this is its arena
};

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_POOL_WORLD_HPP
