// SPDX-License-Identifier: Apache-2.0
//
// A VirtualArena has one buffer, whose end moves: nothing in it does, and nothing is wasted.
#include <arena/arena.hpp>
#include <arena/page_resource.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

#if !ARENA_HEAP  // with it, what is handed out lies elsewhere

TEST_CASE("a fresh one has addresses and no memory") {
  CheckingResource upstream;
  const arena::VirtualArena a({.upstream = &upstream});
  CHECK(a.Reserved() >= std::size_t{1} << 20);
  CHECK(a.Base() != nullptr);
  CHECK(reinterpret_cast<std::uintptr_t>(a.Base()) % arena::PageResource::PageSize() == 0);
  CHECK(a.Cap() == 0);
  CHECK(a.Len() == 0);
  CHECK(a.Stats().buffers == 1);
  CHECK(FiguresAgree(a));
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("a slice grows to a million elements where it began") {
  CheckingResource upstream;
  arena::VirtualArena a({.upstream = &upstream});
  arena::Slice<int> ints;
  for (int i = 0; i < 1'000'000; ++i) ints = arena::SliceAppend(a, ints, i);
  CHECK(static_cast<void*>(ints.data()) == a.Base());
  for (std::size_t i = 0; i < ints.size(); ++i) REQUIRE(ints[i] == static_cast<int>(i));
  const arena::ArenaStats stats = a.Stats();
  CHECK(stats.buffers == 1);
  CHECK(stats.waste == 0);
  CHECK(stats.len == ints.capacity() * sizeof(int));
  CHECK(FiguresAgree(a));
  CHECK(upstream.Calls() == 0);
}

TEST_CASE("small blocks follow each other without a gap, whatever the steps") {
  for (const std::size_t commit : {std::size_t{0}, std::size_t{1}, std::size_t{5000},
                                   std::size_t{32} * 1024, std::size_t{1} << 20}) {
    CAPTURE(commit);
    arena::VirtualArena a({.commit = commit});
    auto* const first = static_cast<std::byte*>(a.Alloc(24, 8));
    CHECK(first == a.Base());
    for (std::size_t i = 1; i < 20'000; ++i) {
      auto* const block = static_cast<std::byte*>(a.Alloc(24, 8));
      REQUIRE(block == first + 24 * i);
      std::memset(block, static_cast<int>(i % 251), 24);
    }
    CHECK(a.Len() == 24 * 20'000);
    CHECK(a.Stats().waste == 0);
    for (std::size_t i = 1; i < 20'000; ++i) {
      REQUIRE(first[24 * i + 23] == static_cast<std::byte>(i % 251));
    }
  }
}

TEST_CASE("large blocks and large alignments are served in place, too") {
  arena::VirtualArena a;
  a.Alloc(1, 1);
  auto* const large = static_cast<std::byte*>(a.Alloc(std::size_t{10} << 20, 1));
  CHECK(large == a.Base() + 1);
  auto* const aligned = static_cast<std::byte*>(a.Alloc(100, std::size_t{1} << 20));
  CHECK(reinterpret_cast<std::uintptr_t>(aligned) % (std::size_t{1} << 20) == 0);
  CHECK(aligned > large);
  CHECK(a.InRange(aligned));
  CHECK(a.Stats().buffers == 1);
  CHECK(FiguresAgree(a));
}

TEST_CASE("the last block is resized in place, far beyond what is committed") {
  arena::VirtualArena a;
  void* const block = a.Alloc(10, 1);
  CHECK(a.TryResize(block, 10, std::size_t{5} << 20));
  CHECK(a.Len() == std::size_t{5} << 20);
  std::memset(block, 1, std::size_t{5} << 20);
  CHECK(a.TryResize(block, std::size_t{5} << 20, 0));
  CHECK(a.Len() == 0);
  void* const older = a.Alloc(10, 1);
  a.Alloc(10, 1);
  const std::string before = arena_test::Figures(a);
  CHECK_FALSE(a.TryResize(older, 10, std::size_t{100} << 20));
  CHECK(arena_test::Figures(a) == before);
}

TEST_CASE("Reserve commits at once, and nothing moves") {
  arena::VirtualArena a;
  a.Alloc(100, 1);
  a.Reserve(1'000'000);
  const std::size_t cap = a.Cap();
  CHECK(cap >= 1'000'100);
  CHECK(a.Stats().waste == 0);
  CHECK(a.Alloc(1'000'000, 1) == a.Base() + 100);
  CHECK(a.Cap() == cap);
  CHECK_THROWS_AS(a.Reserve(SIZE_MAX), std::bad_alloc);
  CHECK(a.Cap() == cap);
}

TEST_CASE("a buffer in it keeps its place while it grows") {
  arena::VirtualArena a;
  arena::ArenaBuffer buffer(a);
  const std::string line(1000, 'x');
  for (int i = 0; i < 2000; ++i) buffer.Write(line);
  CHECK(buffer.Len() == 2'000'000);
  CHECK(static_cast<const void*>(buffer.View().data()) == a.Base());
}

TEST_CASE("equal rounds find equal addresses and committed memory") {
  arena::VirtualArena a;
  a.Alloc(500'000, 1);
  const std::size_t cap = a.Cap();
  for (int round = 0; round < 3; ++round) {
    a.Reset();
    CHECK(a.Cap() == cap);
    CHECK(a.Len() == 0);
    CHECK(a.Alloc(500'000, 1) == a.Base());
  }
}

#endif
