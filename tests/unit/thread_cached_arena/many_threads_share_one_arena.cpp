// SPDX-License-Identifier: Apache-2.0
//
// Ten threads allocate, resize, register and read figures in one arena, round after round, through the
// arena and through a Local: nothing overlaps, nothing is lost, every object dies once.
#include <algorithm>
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::MeetingPoint;
using arena_test::Tracked;

namespace {

constexpr std::size_t kThreads = 10;

struct Block {
  unsigned char* data;
  std::size_t size;
  unsigned char byte;
};

// Sizes of every kind: below a window, above half of one, above all of them; every alignment.
Block Make(arena::Arena& a, std::size_t thread, std::size_t i) {
  const std::size_t size = i % 50 == 7 ? 700 * (i + 1) : 1 + (i * 7 + thread) % 200;
  const std::size_t alignment = std::size_t{1} << (i % 9);
  auto* data = static_cast<unsigned char*>(a.Alloc(size, alignment));
  if (reinterpret_cast<std::uintptr_t>(data) % alignment != 0) return {nullptr, 0, 0};
  std::size_t now = size;
  if (i % 5 == 0 && a.TryResize(data, size, size + 9)) now = size + 9;
  if (i % 5 == 1 && size > 1 && a.TryResize(data, size, size / 2)) now = size / 2;
  const auto byte = static_cast<unsigned char>(thread * 20 + i % 20);
  std::memset(data, byte, now);
  return {data, now, byte};
}

bool Intact(const std::vector<Block>& blocks) {
  return std::all_of(blocks.begin(), blocks.end(), [](const Block& block) {
    return block.data != nullptr &&
           std::all_of(block.data, block.data + block.size,
                       [&](unsigned char byte) { return byte == block.byte; });
  });
}

bool Apart(const std::vector<std::vector<Block>>& blocks) {
  std::vector<std::pair<std::uintptr_t, std::size_t>> all;
  for (const auto& of_thread : blocks) {
    for (const Block& block : of_thread) {
      all.emplace_back(reinterpret_cast<std::uintptr_t>(block.data), block.size);
    }
  }
  std::sort(all.begin(), all.end());
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i - 1].first + all[i - 1].second > all[i].first) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("blocks of ten threads do not overlap, in any round", "[threads]") {
  CheckingResource upstream;
  {
    arena::MonotonicArena base({.min_buffer_size = 4096, .upstream = &upstream});
    arena::ThreadCachedArena a(base, {.first_window = 512, .window = 4096, .max_window = 16384});
    std::vector<std::vector<Block>> blocks(kThreads);
    std::atomic<int> wrong = 0;
    MeetingPoint meeting(kThreads + 1);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int round = 0; round < 4; ++round) {
          meeting.Meet();
          {
            const arena::ThreadCachedArena::Local local(a);
            for (std::size_t i = 0; i < 300; ++i) {
              arena::Arena& either = (i + t) % 3 == 0 ? *local : a;
              blocks[t].push_back(Make(either, t, i));
              if (i % 64 == 0 && a.Len() > a.Peak()) ++wrong;
            }
          }
          meeting.Meet();
        }
      });
    }
    for (int round = 0; round < 4; ++round) {
      meeting.Meet();
      meeting.Meet();
      CHECK(Apart(blocks));
      std::size_t bytes = 0;
      for (auto& of_thread : blocks) {
        CHECK(Intact(of_thread));
        for (const Block& block : of_thread) bytes += block.size;
        of_thread.clear();
      }
      CHECK(a.Len() >= bytes);
      CHECK(a.Peak() >= a.Len());
      round % 2 == 0 ? a.Reset() : a.Release();
      CHECK(a.Len() == 0);
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(base.Len() == 0);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("objects in the parts of ten threads are all destroyed, once", "[threads]") {
  CheckingResource upstream;
  LifetimeLog log;
  std::atomic<int> calls = 0;
  {
    arena::MonotonicArena base({.min_buffer_size = 1024, .upstream = &upstream});
    arena::ThreadCachedArena a(base, {.first_window = 0, .window = 1024});
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        arena::Slice<Tracked> slice;
        for (int i = 0; i < 50; ++i) {
          arena::Allocate<Tracked>(a, static_cast<int>(t));
          arena::Allocate<Tracked>(a, static_cast<int>(t));  // a neighbour
          arena::Own(a, std::make_unique<Tracked>(i));
          arena::Defer(a, [&calls] { ++calls; });
          slice = arena::SliceAppend(a, slice, i);
          arena::Allocate<std::string>(a, 100u, 'x');
        }
        const arena::ThreadCachedArena::Local local(a);
        for (int i = 0; i < 50; ++i) {
          arena::Allocate<Tracked>(local, static_cast<int>(t));
          if (slice[static_cast<std::size_t>(i)].Id() != i) ++calls;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(log.Live() >= kThreads * 250);
    CHECK(calls == 0);
    a.Reset();
    CHECK(calls == kThreads * 50);
    CHECK(log.Check() == "");
    CHECK(base.Stats().records == 0);
  }
  CHECK(upstream.Check() == "");
}

TEST_CASE("containers of ten threads use the parts of one arena", "[threads]") {
  arena::MonotonicArena base;
  arena::ThreadCachedArena a(base);
  std::atomic<std::size_t> total = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      std::vector<int, arena::Allocator<int>> one(a);
      std::pmr::vector<int> two(&a);
      arena::ArenaBuffer buffer(a);
      for (int i = 0; i < 300; ++i) {
        one.push_back(i);
        two.push_back(i);
        buffer.WriteString("ab");
      }
      total += one.size() + two.size() + buffer.Len();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(total == kThreads * 1200);
}
