// SPDX-License-Identifier: Apache-2.0
//
// A PageResource as the upstream of arenas and other resources.
#include <arena/arena.hpp>
#include <arena/page_resource.hpp>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/figures.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

TEST_CASE("an arena takes its buffers from a page resource", "[page_resource]") {
  arena_test::LifetimeLog log;
  arena::PageResource pages;
  {
    arena::MonotonicArena a({.upstream = &pages});
    CHECK(a.Cap() == 32768);
    for (int round = 0; round < 3; ++round) {
      std::vector<void*> blocks;
      for (std::size_t i = 0; i < 200; ++i) {
        blocks.push_back(a.Alloc(1 + i * 17, std::size_t{1} << (i % 13)));
        arena_test::Fill(blocks.back(), 1 + i * 17, i);
        arena::Allocate<arena_test::Tracked>(a, 1);
      }
      a.Alloc(1'000'000);
      for (std::size_t i = 0; i < 200; ++i) {
        CHECK(arena_test::StillHolds(blocks[i], 1 + i * 17, i));
      }
      CHECK(arena_test::FiguresAgree(a));
      if (round == 1) {
        a.Release();
        CHECK(a.Cap() == 0);
      } else {
        a.Reset();
      }
    }
  }
  CHECK(log.Check().empty());
}

TEST_CASE("a standard resource takes its chunks from a page resource", "[page_resource]") {
  arena::PageResource pages;
  std::pmr::monotonic_buffer_resource standard(&pages);
  std::pmr::vector<std::pmr::string> words(&standard);
  for (int i = 0; i < 1000; ++i) words.emplace_back("a word that does not fit a small string");
  CHECK(words.back() == "a word that does not fit a small string");
}

TEST_CASE("an arena whose request no page resource can serve says so and goes on",
          "[page_resource]") {
  arena::PageResource pages;
  arena::MonotonicArena a({.upstream = &pages});
  CHECK(a.TryAlloc(SIZE_MAX - 10'000) == nullptr);
  if (sizeof(std::size_t) > 4) {  // an address space of 32 bits may have room for half of itself
    CHECK(a.TryAlloc(arena_test::kMoreThanThereIs) == nullptr);
    CHECK_THROWS_AS(a.Alloc(SIZE_MAX / 2 - 10'000), std::bad_alloc);
  }
  CHECK(a.Len() == 0);
  CHECK(a.Alloc(100) != nullptr);
}
