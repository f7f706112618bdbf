// SPDX-License-Identifier: Apache-2.0
//
// Which pages are offered to the kernel, and when.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory_resource>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"
#include "support/raw_memory.hpp"

namespace {

using arena_test::FakeClock;
using std::chrono::seconds;

arena::ArenaPoolOptions AfterTenSeconds() {
  arena::ArenaPoolOptions options = arena_test::WithFakeClock();
  options.offer_after = seconds(10);
  options.max_idle_age = std::chrono::hours(1);
  return options;
}

void LeaseAndUse(arena::ArenaPool& pool, std::uint64_t key, std::size_t bytes) {
  const arena::ArenaLease lease = pool.Acquire(key, bytes);
  std::memset(lease->Alloc(bytes, 1), 1, bytes);
}

#if defined(__linux__)
// Bytes of the mapping with that address which the kernel may take at any time; -1: it does not
// tell.
long LazilyFreed(const void* pointer) {
  std::FILE* const file = std::fopen("/proc/self/smaps", "r");
  if (file == nullptr) return -1;
  const auto address = static_cast<unsigned long long>(arena_test::AddressOf(pointer));
  char line[512];
  bool within = false;
  long kilobytes = -1;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    unsigned long long first = 0, last = 0;
    if (std::sscanf(line, "%llx-%llx ", &first, &last) == 2) {
      within = address >= first && address < last;
    } else if (within) {
      std::sscanf(line, "LazyFree: %ld", &kilobytes);
    }
  }
  std::fclose(file);
  return kilobytes < 0 ? -1 : kilobytes * 1024;
}
#endif

}  // namespace

TEST_CASE("an arena is offered once it was idle for the delay, and not before", "[pool]") {
  arena::ArenaPool pool(AfterTenSeconds());
  LeaseAndUse(pool, 1, 300'000);
  FakeClock::Advance(seconds(9));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().offered_bytes == 0);
  FakeClock::Advance(seconds(1));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().offered_bytes > 280'000);
  CHECK(pool.Stats().offered_bytes <= pool.Stats().idle_bytes);
  CHECK(pool.Stats().offered_bytes % arena::PageResource::PageSize() == 0);
}

TEST_CASE("an idle arena is offered once, and again after another lease", "[pool]") {
  arena::ArenaPool pool(AfterTenSeconds());
  LeaseAndUse(pool, 1, 300'000);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  const std::uint64_t offered = pool.Stats().offered_bytes;
  CHECK(offered > 0);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  LeaseAndUse(pool, 2, 10);  // an Acquire and a return, too
  CHECK(pool.Stats().offered_bytes == offered);
  LeaseAndUse(pool, 1, 300'000);
  CHECK(pool.Stats().reused == 1);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().offered_bytes == 2 * offered);
}

TEST_CASE("each Acquire and each return offers one arena, the oldest", "[pool]") {
  arena::ArenaPool pool(AfterTenSeconds());
  std::vector<arena::ArenaLease> leases;
  for (std::uint64_t key = 1; key <= 6; ++key) {
    leases.push_back(pool.Acquire(key, 300'000));
    leases.back()->Alloc(300'000);
  }
  leases.clear();
  CHECK(pool.Stats().idle == 6);
  FakeClock::Advance(seconds(20));
  CHECK(pool.Stats().offered_bytes == 0);
  arena::ArenaLease other = pool.Acquire(7);
  const std::uint64_t offered = pool.Stats().offered_bytes;
  CHECK(offered > 0);
  other.Return();
  CHECK(pool.Stats().offered_bytes == 2 * offered);
  const arena::ArenaLease again = pool.Acquire(7);
  CHECK(pool.Stats().offered_bytes == 3 * offered);
  CHECK(pool.Stats().idle == 6);
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().offered_bytes == 6 * offered);
}

TEST_CASE("with no delay an arena is offered as it comes back", "[pool]") {
  arena::ArenaPoolOptions options = AfterTenSeconds();
  options.offer_after = seconds(0);
  arena::ArenaPool pool(options);
  LeaseAndUse(pool, 1, 300'000);
  CHECK(pool.Stats().offered_bytes > 280'000);
  CHECK(pool.Stats().idle == 1);
}

TEST_CASE("pages of an upstream that is not the pool's own are not offered", "[pool]") {
  arena::ArenaPoolOptions options = AfterTenSeconds();
  options.upstream = std::pmr::new_delete_resource();
  arena::ArenaPool pool(options);
  LeaseAndUse(pool, 1, 300'000);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  LeaseAndUse(pool, 2, 10);
  CHECK(pool.Stats().idle == 2);
  CHECK(pool.Stats().offered_bytes == 0);
}

TEST_CASE("an arena of one page has nothing to offer", "[pool]") {
  arena::ArenaPool pool(AfterTenSeconds());
  LeaseAndUse(pool, 1, 10);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  CHECK(pool.Stats().idle == 1);
  CHECK(pool.Stats().offered_bytes == 0);
}

TEST_CASE("what is being offered while ShrinkTo runs keeps to its bound, too", "[pool][threads]") {
  constexpr std::size_t kArenas = 8;
  constexpr std::size_t kBytes = 4'000'000;
  arena::ArenaPoolOptions options = AfterTenSeconds();
  options.reclaim = arena::Reclaim::kNow;  // takes long enough for ShrinkTo to come in between
  std::size_t in_between = 0;
  std::size_t too_many = 0;
  std::size_t too_few = 0;
  // On a busy machine it may take more rounds until it has come in between at all.
  for (int round = 0; round < 10 || (in_between == 0 && round < 100); ++round) {
    arena::ArenaPool pool(options);
    std::vector<arena::ArenaLease> leases;
    for (std::size_t i = 0; i < kArenas; ++i) {
      leases.push_back(pool.Acquire(1, kBytes));
      std::memset(leases.back()->Alloc(kBytes, 1), 1, kBytes);
    }
    leases.clear();
    FakeClock::Advance(seconds(20));
    std::thread offering([&pool] { pool.ShrinkTo(SIZE_MAX); });
    while (pool.Stats().offered_bytes == 0) std::this_thread::yield();
    pool.ShrinkTo(kBytes / 2);
    offering.join();
    const arena::ArenaPoolStats stats = pool.Stats();
    if (stats.offered_bytes < kArenas * (kBytes - 10'000)) ++in_between;
    if (stats.idle_bytes > kBytes / 2) ++too_many;
    if (stats.leases - stats.reused != stats.idle + stats.evicted) ++too_many;
    // Later the bound is forgotten.
    for (int i = 0; i < 2; ++i) {
      leases.push_back(pool.Acquire(1, kBytes));
      leases.back()->Alloc(kBytes, 1);
    }
    leases.clear();
    FakeClock::Advance(seconds(20));
    pool.ShrinkTo(SIZE_MAX);
    if (pool.Stats().idle < 2) ++too_few;
  }
  CHECK(in_between > 0);
  CHECK(too_many == 0);
  CHECK(too_few == 0);
}

#if defined(__linux__)
TEST_CASE("what is offered the kernel may take, and until then it is there",
          "[pool][kernel][places]") {
  arena::ArenaPool pool(AfterTenSeconds());
  const void* block = nullptr;
  {
    const arena::ArenaLease lease = pool.Acquire(1, 1'000'000);
    block = lease->Alloc(1'000'000, 1);
    std::memset(const_cast<void*>(block), 1, 1'000'000);
  }
  const long before = LazilyFreed(block);
  FakeClock::Advance(seconds(20));
  pool.ShrinkTo(SIZE_MAX);
  const long after = LazilyFreed(block);
  CHECK(pool.Stats().offered_bytes > 980'000);
  if (before >= 0) {
    CHECK(before == 0);
    CHECK(after > 500'000);  // the kernel counts in batches
  }
  const arena::ArenaLease lease = pool.Acquire(1, 1'000'000);
  CHECK(lease->Alloc(1'000'000, 1) == block);
  const auto* bytes = static_cast<const unsigned char*>(block);
  CHECK((bytes[500'000] == 1 || bytes[500'000] == 0));
}
#endif
