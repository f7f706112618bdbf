// SPDX-License-Identifier: Apache-2.0
//
// A lease is a MonotonicArena with all it can do: whatever was done to it, the next lease finds an
// empty arena.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

namespace {

struct Use {
  const char* name;
  std::function<void(arena::MonotonicArena&)> run;
};

const std::vector<Use>& Uses() {
  static const std::vector<Use> uses = {
      {"nothing", [](arena::MonotonicArena&) {}},
      {"Reset", [](arena::MonotonicArena& a) { a.Reset(); }},
      {"Release", [](arena::MonotonicArena& a) { a.Release(); }},
      {"Release and a small block",
       [](arena::MonotonicArena& a) {
         a.Release();
         a.Alloc(10);
       }},
      {"Release and a large block",
       [](arena::MonotonicArena& a) {
         a.Release();
         a.Alloc(300'000);
       }},
      {"Reserve", [](arena::MonotonicArena& a) { a.Reserve(70'000); }},
      {"Reserve when used",
       [](arena::MonotonicArena& a) {
         a.Alloc(10);
         a.Reserve(70'000);
         a.Alloc(60'000);
       }},
      {"ShrinkTo of all", [](arena::MonotonicArena& a) { a.ShrinkTo(0); }},
      {"ShrinkTo after use",
       [](arena::MonotonicArena& a) {
         for (int i = 0; i < 30; ++i) a.Alloc(1000);
         a.Reset();
         a.ShrinkTo(5000);
         a.Alloc(100);
       }},
      {"scopes",
       [](arena::MonotonicArena& a) {
         const arena::ArenaScope outer(a);
         a.Alloc(3000);
         {
           const arena::ArenaScope inner(a);
           for (int i = 0; i < 10; ++i) a.Alloc(3000);
           a.Alloc(100'000);
         }
         arena::Allocate<arena_test::Tracked>(a, 1);
       }},
      {"a scope on an empty arena",
       [](arena::MonotonicArena& a) {
         a.Release();
         const arena::ArenaScope scope(a);
         a.Alloc(100);
       }},
      {"many buffers",
       [](arena::MonotonicArena& a) {
         for (int i = 0; i < 300; ++i) a.Alloc(1000);
       }},
      {"dedicated buffers",
       [](arena::MonotonicArena& a) {
         for (std::size_t i = 0; i < 5; ++i) a.Alloc(50'000 + 10'000 * i);
       }},
      {"objects",
       [](arena::MonotonicArena& a) {
         for (int i = 0; i < 500; ++i) arena::Allocate<arena_test::Tracked>(a, i);
       }},
      {"objects and Reset",
       [](arena::MonotonicArena& a) {
         for (int i = 0; i < 50; ++i) arena::Allocate<arena_test::Tracked>(a, i);
         a.Reset();
         arena::Allocate<arena_test::Tracked>(a, 1);
       }},
      {"a child arena",
       [](arena::MonotonicArena& a) {
         arena::MonotonicArena child({.min_buffer_size = 1000, .upstream = &a});
         for (int i = 0; i < 10; ++i) child.Alloc(300);
       }},
      {"containers",
       [](arena::MonotonicArena& a) {
         std::pmr::vector<std::pmr::string> words(&a);
         for (int i = 0; i < 100; ++i) words.emplace_back("a word that does not fit inside");
       }},
      {"the last block undone",
       [](arena::MonotonicArena& a) { a.TryResize(a.Alloc(500), 500, 0); }},
  };
  return uses;
}

// An arena as good as new, of one buffer.
void CheckFresh(const arena::MonotonicArena& arena) {
  const arena::ArenaStats stats = arena.Stats();
  CHECK(stats.len == 0);
  CHECK(stats.records == 0);
  CHECK(stats.waste == 0);
  CHECK(stats.buffers == 1);
  CHECK(stats.free == stats.cap);
  CHECK(arena_test::FiguresAgree(arena));
}

}  // namespace

TEST_CASE("after any use the next lease is as good as new", "[pool]") {
  const bool own_pages = GENERATE(false, true);
  arena_test::LifetimeLog log;
  arena_test::CheckingResource upstream;
  {
    arena::ArenaPoolOptions options;
    if (!own_pages) options.upstream = &upstream;
    arena::ArenaPool pool(options);
    // Each use after each other, twice over in case the first one is not kept.
    for (std::size_t i = 0; i < Uses().size(); ++i) {
      for (std::size_t j = 0; j < Uses().size(); ++j) {
        CAPTURE(Uses()[i].name, Uses()[j].name);
        for (const std::size_t use : {i, j, j}) {
          const arena::ArenaLease lease = pool.Acquire(100 * i + j);
          CheckFresh(*lease);
          Uses()[use].run(*lease);
          CHECK(arena_test::FiguresAgree(*lease));
        }
        const arena::ArenaLease lease = pool.Acquire(100 * i + j);
        CheckFresh(*lease);
        const std::size_t all = lease->Cap();
        void* const block = lease->Alloc(all, 1);
        CHECK(lease->Stats().buffers == 1);
        arena_test::Fill(block, all, i);
        CHECK(arena_test::StillHolds(block, all, i));
      }
    }
  }
  CHECK(log.Check().empty());
  CHECK(upstream.Check().empty());
}

TEST_CASE("the same requests in each lease get the same memory", "[pool]") {
  arena::ArenaPool pool;
  std::vector<void*> first;
  for (int round = 0; round < 4; ++round) {
    const arena::ArenaLease lease = pool.Acquire(1, 10'000);
    std::vector<void*> blocks;
    for (std::size_t i = 1; i <= 50; ++i) {
      blocks.push_back(lease->Alloc(7 * i, std::size_t{1} << (i % 7)));
    }
    if (round % 2 == 0) arena::Allocate<std::string>(*lease, "its record comes and goes");
    if (round == 0) first = blocks;
    CHECK((ARENA_HEAP || blocks == first));
  }
  CHECK(pool.Stats().reused == 3);
}
