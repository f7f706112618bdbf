// SPDX-License-Identifier: Apache-2.0
//
// Ten threads allocate, resize and register in one arena: nothing overlaps, nothing is lost.
#include <algorithm>
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

constexpr int kThreads = 10;

template <class Body>
void OnThreads(Body body) {
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(body, t);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("blocks of ten threads do not overlap", "[threads]") {
  CheckingResource upstream;
  arena::MonotonicArena base({.min_buffer_size = 4096, .upstream = &upstream});
  arena::ConcurrentArena a(base);
  struct Block {
    unsigned char* data;
    std::size_t size;
  };
  std::vector<std::vector<Block>> blocks(kThreads);
  OnThreads([&](int t) {
    for (std::size_t i = 0; i < 500; ++i) {
      const std::size_t size = 1 + (i * 7 + static_cast<std::size_t>(t)) % 100;
      auto* const data = static_cast<unsigned char*>(a.Alloc(size, std::size_t{1} << (i % 6)));
      std::memset(data, t, size);
      blocks[static_cast<std::size_t>(t)].push_back({data, size});
    }
  });
  std::size_t bytes = 0;
  std::vector<std::pair<std::uintptr_t, std::size_t>> all;
  for (int t = 0; t < kThreads; ++t) {
    for (const Block& block : blocks[static_cast<std::size_t>(t)]) {
      bytes += block.size;
      all.emplace_back(reinterpret_cast<std::uintptr_t>(block.data), block.size);
      REQUIRE(std::all_of(block.data, block.data + block.size,
                          [t](unsigned char byte) { return byte == t; }));
    }
  }
  std::sort(all.begin(), all.end());
  for (std::size_t i = 1; i < all.size(); ++i) {
    REQUIRE(all[i - 1].first + all[i - 1].second <= all[i].first);
  }
  CHECK(a.Len() >= bytes);
  CHECK(a.Len() == base.Len());
  a.Release();
  CHECK(upstream.Check() == "");
}

TEST_CASE("objects of ten threads are all destroyed, once", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  std::atomic<int> calls = 0;
  {
    arena::MonotonicArena base({.min_buffer_size = 1024, .upstream = &upstream});
    arena::ConcurrentArena a(base);
    OnThreads([&](int t) {
      arena::Slice<Tracked> slice;
      for (int i = 0; i < 50; ++i) {
        arena::Allocate<Tracked>(a, t);
        arena::Own(a, std::make_unique<Tracked>(t));
        arena::Defer(a, [&calls] { ++calls; });
        slice = arena::SliceAppend(a, slice, i);
        arena::Allocate<std::string>(a, 100u, 'x');
      }
      for (int i = 0; i < 50; ++i) {
        if (slice[static_cast<std::size_t>(i)].Id() != i) std::abort();
      }
    });
    CHECK(log.Live() >= kThreads * 150);
    CHECK(calls == 0);
    a.Reset();
    CHECK(calls == kThreads * 50);
    CHECK(log.Check() == "");
    CHECK(base.Stats().records == 0);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("figures can be read and blocks resized while others allocate", "[threads]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  std::atomic<int> wrong = 0;
  OnThreads([&](int t) {
    for (int i = 0; i < 200; ++i) {
      if (t % 2 == 0) {
        void* const block = a.Alloc(16);
        static_cast<void>(a.TryResize(block, 16, 8));
        static_cast<void>(a.TryAlloc(8));
      } else {
        const std::size_t len = a.Len();
        if (len > a.Cap() || len > a.Peak()) ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("containers of ten threads use one arena", "[threads]") {
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  std::atomic<std::size_t> total = 0;
  OnThreads([&](int) {
    std::vector<int, arena::Allocator<int>> one(a);
    std::pmr::vector<int> two(&a);
    for (int i = 0; i < 300; ++i) {
      one.push_back(i);
      two.push_back(i);
    }
    total += one.size() + two.size();
  });
  CHECK(total == kThreads * 600);
}
