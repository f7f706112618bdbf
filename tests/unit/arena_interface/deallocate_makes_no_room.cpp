// SPDX-License-Identifier: Apache-2.0
//
// memory_resource::deallocate does nothing that can be seen: a container that dies after Reset can
// never free a stranger's memory.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::Figures;
using arena_test::LiesAt;

TEST_CASE("deallocate changes no figure and makes no room", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
  void* first = a.allocate(100, 4);
  void* last = a.allocate(200, 8);
  void* dedicated = a.allocate(5000, 16);
  arena_test::Fill(first, 100, 1);
  const std::string before = Figures(a);
  const std::size_t calls = upstream.Calls();
  a.deallocate(last, 200, 8);
  a.deallocate(dedicated, 5000, 16);
  CHECK(Figures(a) == before);
  CHECK(upstream.Calls() == calls);
  CHECK(arena_test::StillHolds(first, 100, 1));
  void* next = a.allocate(1, 1);
  CHECK(LiesAt(next, At(last, 200)));
  CHECK(a.allocate(5000, 16) != dedicated);
}

TEST_CASE("TryResize to 0 is how the last block is given back on purpose", "[raw]") {
  arena::MonotonicArena a;
  void* block = a.allocate(100, 4);
  CHECK(a.TryResize(block, 100, 0));
  CHECK(a.Len() == 0);
  CHECK(LiesAt(a.allocate(100, 4), block));
}

TEST_CASE("a container that dies after Reset leaves its memory's next owner alone", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 4096, .upstream = &upstream});
  std::optional<std::pmr::vector<int>> late;
  late.emplace(100, 7, &a);
  a.Reset();
  a.Alloc(2000, 16);
  const std::string before = Figures(a);
  late.reset();
  CHECK(Figures(a) == before);
  CHECK(a.Len() == 2000);
}

TEST_CASE("a container that dies after Release does not touch what the arena gave back", "[raw]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena a({.min_buffer_size = 4096, .upstream = &upstream});
    std::optional<std::pmr::vector<int>> late;
    late.emplace(100, 7, &a);
    a.Release();
    const std::size_t calls = upstream.Calls();
    late.reset();
    CHECK(upstream.Calls() == calls);
    CHECK(a.Cap() == 0);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("deallocate of an empty block does nothing", "[raw]") {
  arena::MonotonicArena a({.initial_buffer_count = 0});
  void* block = a.allocate(0, 1);
  a.deallocate(block, 0, 1);
  CHECK(a.Len() == 1);
}
