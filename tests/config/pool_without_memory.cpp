// SPDX-License-Identifier: Apache-2.0
//
// Where operator new fails at the n-th call, for every n, a pool throws std::bad_alloc, loses
// nothing and goes on. It is a program of its own because it replaces global new.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "support/aligned_malloc.hpp"
#include "support/replace.hpp"

namespace {

std::size_t calls_of_new = 0;
std::size_t fails_at = 0;  // 0: never
std::size_t live_blocks = 0;

void* Serve(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (++calls_of_new == fails_at) throw std::bad_alloc();
  void* const block = arena_test::AlignedMalloc(size, alignment);
  if (block == nullptr) throw std::bad_alloc();
  ++live_blocks;
  return block;
}

void Take(void* block) {
  if (block == nullptr) return;
  --live_blocks;
  arena_test::AlignedFree(block);
}

int failures = 0;
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED with call %zu failing: %s\n", fails_at, what);
  ++failures;
}

// Whether each lease there was could be had. One thread plays so many, each of which has a shard of the
// pool, if there is memory for it.
bool RunScript(std::size_t threads) {
  std::size_t refused = 0;
  try {
    arena::ArenaPoolOptions options;
    options.max_keys = 40;
    options.max_shards = threads;
    arena::ArenaPool pool(options);
    std::uint64_t leases = 0;
    arena::ArenaLease kept;
    for (std::size_t i = 0; i < 120; ++i) {
      arena::detail::pool_thread.place = 1 + i % threads;
      try {
        arena::ArenaLease lease = pool.Acquire(i % 50, i % 3 == 0 ? 5000 : 0);
        ++leases;
        lease->Alloc(100);
        if (i % 4 == 0) arena_test::Replace(kept, std::move(lease));
      } catch (const std::bad_alloc&) {
        ++refused;
      }
      Check(pool.Stats().leases == leases, "a lease was counted that could not be had");
      Check(pool.Stats().open == (kept ? 1 : 0), "a lease is open that could not be had");
      Check(pool.Stats().keys <= 40, "too many keys");
    }
    Check(leases + refused == 120, "the pool did not go on");
    kept.Return();
    const arena::ArenaPoolStats stats = pool.Stats();
    Check(stats.returned == leases && stats.open == 0, "leases were lost");
    Check(stats.leases - stats.reused == stats.idle + stats.evicted, "arenas were lost");
  } catch (const std::bad_alloc&) {
    ++refused;  // not even the pool itself
  }
  Check(refused <= 1, "one failure refused more than one lease");
  return refused == 0;
}

}  // namespace

void* operator new(std::size_t size) { return Serve(size); }
void* operator new[](std::size_t size) { return Serve(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return Serve(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  try {
    return Serve(size, static_cast<std::size_t>(alignment));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Serve(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { Take(block); }
void operator delete[](void* block) noexcept { Take(block); }
void operator delete(void* block, std::size_t) noexcept { Take(block); }
void operator delete[](void* block, std::size_t) noexcept { Take(block); }
void operator delete(void* block, std::align_val_t) noexcept { Take(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { Take(block); }

namespace {

// How many leases were refused.
std::size_t FailAtEachCall(std::size_t threads) {
  std::size_t refusals = 0;
  for (std::size_t n = 1;; ++n) {
    const std::size_t before = live_blocks;
    calls_of_new = 0;
    fails_at = n;
    const bool complete = RunScript(threads);
    const bool reached = calls_of_new >= n;
    fails_at = 0;
    Check(live_blocks == before, "something leaked");
    // Not each failure refuses a lease: a thread that gets no shard uses another one, and a key that gets
    // no memory takes that of the shard's least recently used one.
    Check(reached || complete, "a lease was refused although there was memory");
    if (!complete) ++refusals;
    if (!reached) return refusals;
  }
}

// A lease ends in a shard that is new and gets no memory, for itself or for its first key. The figures of
// the lease's key are right all the same.
std::size_t EndWhereNothingIsToBeHad() {
  for (std::size_t n = 1;; ++n) {
    arena::ArenaPoolOptions options;
    options.max_shards = 2;
    arena::ArenaPool pool(options);
    arena::detail::pool_thread.place = 1;
    arena::ArenaLease lease = pool.Acquire(7);
    lease->Alloc(5000);
    arena::detail::pool_thread.place = 2;
    calls_of_new = 0;
    fails_at = n;
    lease.Return();
    const bool reached = calls_of_new >= n;
    const auto stats = pool.Stats(7);
    Check(stats && stats->open == 0, "a lease that has ended is open");
    Check(stats && stats->returned == 1, "the end of a lease was not counted");
    Check(stats && stats->prediction >= 5000, "what a lease needed was not learned");
    fails_at = 0;
    if (!reached) return n - 1;
  }
}

}  // namespace

int main() {
  const std::size_t alone = FailAtEachCall(1);
  const std::size_t together = FailAtEachCall(5);
  Check(EndWhereNothingIsToBeHad() == 2, "not each call of new failed");
  Check(alone > 100 && together > 100, "hardly a call of new was there to fail");
  if (failures == 0) std::printf("%zu failures of operator new were survived\n", alone + together);
  return failures == 0 ? 0 : 1;
}
