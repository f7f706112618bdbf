// SPDX-License-Identifier: Apache-2.0
//
// When upstream fails, whatever it throws, and also when it answers null as it must not, the arena
// fails cleanly and goes on later.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::CheckingResource;
using arena_test::Failure;
using arena_test::Figures;
using arena_test::FiguresAgree;
using arena_test::LiesAt;

namespace {

struct RawBlock {
  void* memory;
  std::size_t size;
};

// A load with small, middling and large requests and some over-aligned ones.
std::size_t SizeOf(std::size_t i) { return i % 13 == 0 ? 5000 + i : (i % 5 == 0 ? 900 : 40 + i); }
std::size_t AlignmentOf(std::size_t i) { return i % 17 == 0 ? 256 : 8; }

}  // namespace

TEST_CASE("a constructor whose upstream fails gives back what it had", "[raw]") {
  const Failure failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  CheckingResource upstream;
  for (std::size_t n = 1; n <= 3; ++n) {
    CAPTURE(n);
    upstream.FailAt(n, failure);
    CHECK_THROWS_AS(arena::MonotonicArena(
                        {.min_buffer_size = 100, .initial_buffer_count = 3, .upstream = &upstream}),
                    std::bad_alloc);
    CHECK(upstream.Failures() == n);
    CHECK(upstream.Check() == "");
  }
  upstream.FailAt(4, failure);
  const arena::MonotonicArena a(
      {.min_buffer_size = 100, .initial_buffer_count = 3, .upstream = &upstream});
  CHECK(a.Cap() == 300);
}

TEST_CASE("a request that upstream fails changes nothing and succeeds later", "[raw]") {
  const Failure failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 100, .upstream = &upstream});
  void* first = a.Alloc(60, 1);
  arena_test::Fill(first, 60, 1);
  upstream.FailFrom(1, failure);
  const std::string before = Figures(a);
  for (std::size_t size : {41u, 100u, 101u, 1000u, 1000000u}) {
    CAPTURE(size);
    CHECK(a.TryAlloc(size, 1) == nullptr);
    CHECK(a.TryAlloc(size, 4096) == nullptr);
    CHECK_THROWS_AS(a.Alloc(size, 1), std::bad_alloc);
    CHECK(Figures(a) == before);
  }
  CHECK_THROWS_AS(a.Reserve(5000), std::bad_alloc);
  CHECK(Figures(a) == before);
  CHECK(LiesAt(a.Alloc(40, 1), arena_test::At(first, 60)));  // the window is still where it was
  upstream.FailNever();
  for (std::size_t size : {41u, 100u, 101u, 1000u, 1000000u}) {
    arena_test::Fill(a.Alloc(size, 1), size, size);
  }
  CHECK(arena_test::StillHolds(first, 60, 1));
  CHECK(FiguresAgree(a));
}

TEST_CASE("a failure of any call to upstream costs at most the request that made it", "[raw]") {
  const Failure failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  const bool lasting = GENERATE(false, true);
  CAPTURE(lasting);
  std::size_t failing_rounds = 0;
  for (std::size_t n = 1;; ++n) {
    CheckingResource upstream;
    {
      arena::MonotonicArena a(
          {.min_buffer_size = 1000, .initial_buffer_count = 0, .upstream = &upstream});
      if (lasting) {
        upstream.FailFrom(n, failure);
      } else {
        upstream.FailAt(n, failure);
      }
      std::vector<RawBlock> blocks;
      for (std::size_t i = 0; i < 100; ++i) {
        const std::string before = Figures(a);
        void* block = a.TryAlloc(SizeOf(i), AlignmentOf(i));
        if (block == nullptr) {
          REQUIRE(Figures(a) == before);
          upstream.FailNever();
          block = a.Alloc(SizeOf(i), AlignmentOf(i));
        }
        REQUIRE(FiguresAgree(a));
        arena_test::Fill(block, SizeOf(i), i);
        blocks.push_back({block, SizeOf(i)});
      }
      bool intact = true;
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        intact = intact && arena_test::StillHolds(blocks[i].memory, blocks[i].size, i);
      }
      CHECK(intact);
    }
    REQUIRE(upstream.Check() == "");
    if (upstream.Failures() == 0) break;
    ++failing_rounds;
  }
  CHECK(failing_rounds > 10);
}

TEST_CASE("a failing upstream is an ordinary bad_alloc for a container", "[raw]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 100, .upstream = &upstream});
  std::pmr::vector<int> numbers({1, 2, 3}, &a);
  upstream.FailFrom(1, Failure::kInt);
  CHECK_THROWS_AS(numbers.resize(1000), std::bad_alloc);
  CHECK(numbers == std::pmr::vector<int>{1, 2, 3});
}
