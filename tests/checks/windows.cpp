// SPDX-License-Identifier: Apache-2.0
//
// Pages, pools and arenas of several threads on Windows: compiled by windows.sh, and run where there is Wine. With <windows.h>
// and its macros before the library, or after it.
#if !defined(ARENA_WINDOWS_H_LAST)
#include <windows.h>
#endif

#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/guard.hpp>
#include <arena/iostream.hpp>
#include <arena/page_resource.hpp>
#include <arena/pool.hpp>
#include <arena/virtual_arena.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>
#include <string>
#include <thread>
#include <vector>

#if defined(ARENA_WINDOWS_H_LAST)
#include <windows.h>
#endif

namespace {

int failures = 0;
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  ++failures;
}

std::chrono::nanoseconds now = std::chrono::hours(1);
std::chrono::nanoseconds Now() noexcept { return now; }

void CheckPages(bool huge_pages) {
  arena::PageResource pages({.huge_pages = huge_pages});
  const std::size_t page = arena::PageResource::PageSize();
  SYSTEM_INFO system;
  GetSystemInfo(&system);
  Check(page == system.dwPageSize, "the page size is the system's");
  for (std::size_t alignment = 16; alignment <= (std::size_t{4} << 20); alignment *= 4) {
    const std::size_t size = (std::size_t{3} << 20) + 100;
    void* const block = pages.allocate(size, alignment);
    Check(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "a block is aligned");
    std::memset(block, 1, size);
    pages.deallocate(block, size, alignment);
  }
  for (const arena::Reclaim reclaim : {arena::Reclaim::kUnderPressure, arena::Reclaim::kNow}) {
    auto* const block = static_cast<char*>(pages.allocate(8 * page));
    std::memset(block, 1, 8 * page);
    const std::size_t offered = arena::PageResource::Offer(block + 1, 7 * page, reclaim);
    Check(offered == 6 * page, "the whole pages of a range are offered");
    Check(block[0] == 1 && block[page - 1] == 1 && block[7 * page] == 1, "others are as before");
    std::memset(block, 2, 8 * page);
    Check(block[3 * page] == 2, "offered pages are written again");
    pages.deallocate(block, 8 * page);
  }
  try {
    pages.deallocate(pages.allocate(SIZE_MAX / 2 - 100'000), 0);
    Check(false, "more than there is cannot be had");
  } catch (const std::bad_alloc&) {
  }
}

void CheckPool() {
  arena::ArenaPoolOptions options;
  options.clock = &Now;
  options.reclaim = arena::Reclaim::kNow;
  arena::ArenaPool pool(options);
  for (int round = 0; round < 5; ++round) {
    const arena::ArenaLease lease = pool.Acquire(1, 300'000);
    arena::Allocate<std::string>(*lease, "a string that lies on the heap, not within itself");
    arena::Map<int, arena::String> map(*lease);
    map.emplace(1, "one");
    std::memset(lease->Alloc(290'000), 1, 290'000);
    now += std::chrono::seconds(2);
  }
  now += std::chrono::seconds(2);
  pool.ShrinkTo(SIZE_MAX);
  Check(pool.Stats().offered_bytes > 280'000, "the pages of an idle arena are offered");
  {
    const arena::ArenaLease lease = pool.Acquire(1);
    std::memset(lease->Alloc(290'000), 1, 290'000);
  }
  std::cout << pool.Stats() << '\n' << *pool.Stats(1) << '\n';
  Check(pool.Stats().reused == 5, "an idle arena is lent again");
}

struct Counted {
  explicit Counted(int n) : number(n) { ++alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  int number;
  static inline std::atomic<int> alive = 0;
};

// Each thread finds its part of several arenas, whose ends find all objects.
void CheckThreads() {
  arena::MonotonicArena bases[3];
  arena::ThreadCachedArena arenas[] = {arena::ThreadCachedArena(bases[0]),
                                       arena::ThreadCachedArena(bases[1]),
                                       arena::ThreadCachedArena(bases[2])};
  std::atomic<int> wrong = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&arenas, &wrong, t] {
        std::vector<const Counted*> made;
        for (int i = 0; i < 200; ++i) {
          for (arena::ThreadCachedArena& a : arenas) {
            made.push_back(arena::Allocate<Counted>(a, t));
            const arena::ThreadCachedArena::Local local(a);
            made.push_back(arena::Allocate<Counted>(local, t));
            std::memset(a.Alloc(100), t, 100);
          }
        }
        for (const Counted* object : made) wrong += object->number != t;
      });
    }
    for (std::thread& thread : threads) thread.join();
    Check(Counted::alive == 4 * 200 * 3 * 2, "what threads made lives until Reset");
    for (arena::ThreadCachedArena& a : arenas) a.Reset();
    Check(Counted::alive == 0, "Reset ends what threads made");
  }
  Check(wrong == 0, "threads have their memory for themselves");
}

// Addresses are reserved, memory is committed and decommitted, records move.
void CheckRange() {
  arena::VirtualArena a({.retain = 100'000});
  Check(a.Reserved() >= std::size_t{1} << 26, "addresses are reserved");
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10'000; ++i) {
      const Counted* const object = arena::Allocate<Counted>(a, i);
      Check(a.At<Counted>(a.OffsetOf(object)) == object, "an object is found by its offset");
      std::memset(a.Alloc(100, 1), 1, 100);
    }
    {
      const arena::ArenaScope scope(a);
      arena::Allocate<Counted>(a, round);
      std::memset(a.Alloc(5'000'000), 2, 5'000'000);
    }
    Check(Counted::alive == 10'000, "a scope ends what was made in it");
    Check(a.Stats().buffers == 1 && a.Stats().waste == 0, "it grows in place");
    a.Reset();
    Check(Counted::alive == 0, "Reset ends what is left");
    Check(a.Cap() <= 100'000, "Reset decommits what is above retain");
  }
  a.Release();
  Check(a.Cap() == 0 && a.Alloc(1, 1) == a.Base(), "Release decommits everything");
}

}  // namespace

int main() {
  CheckRange();
  CheckThreads();
  CheckPages(false);
  CheckPages(true);
  CheckPool();
  return failures == 0 ? 0 : 1;
}
