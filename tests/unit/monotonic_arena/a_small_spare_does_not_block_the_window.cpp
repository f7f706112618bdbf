// SPDX-License-Identifier: Apache-2.0
//
// A spare that is too small for a request does not keep the window where it is, and neither do
// requests just above the size of a chunk: the number of chunks stays logarithmic.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"

using arena_test::CheckingResource;
using arena_test::FiguresAgree;

namespace {

constexpr std::size_t kRequests = 5000;

void CheckFewCalls(arena::MonotonicArena& a, CheckingResource& upstream, std::size_t reserve,
                   std::size_t size) {
  CAPTURE(size);
  std::size_t calls = 0;
  for (int round = 0; round < 3; ++round) {
    a.Reserve(reserve);
    for (std::size_t i = 0; i < kRequests; ++i) a.Alloc(size, 16);
    CHECK(upstream.Allocations() < kRequests / 10);
    CHECK(a.Cap() < a.Len() + a.Len() / 2);
    CHECK(FiguresAgree(a));
    if (round == 0) calls = upstream.Calls();
    CHECK(upstream.Calls() == calls);
    a.Reset();
  }
}

}  // namespace

TEST_CASE("the small chunk that Reserve passed by does not block the window") {
  for (const std::size_t size : {300U, 2000U}) {
    CheckingResource upstream;
    arena::InlineArena<256> a({.upstream = &upstream});
    CheckFewCalls(a, upstream, 4096, size);
  }
}

TEST_CASE("a small initial buffer behind a reserved chunk does not block the window") {
  for (const std::size_t size : {300U, 2000U}) {
    CheckingResource upstream;
    alignas(16) std::byte storage[1024];
    arena::MonotonicArena a({.initial_buffer = std::span(storage), .upstream = &upstream});
    CheckFewCalls(a, upstream, 8192, size);
  }
}

TEST_CASE("small initial chunks do not block the window") {
  for (const std::size_t size : {300U, 2000U}) {
    CheckingResource upstream;
    arena::MonotonicArena a(
        {.min_buffer_size = 100, .initial_buffer_count = 3, .upstream = &upstream});
    CheckFewCalls(a, upstream, 0, size);
  }
}

TEST_CASE("requests just above the size of a chunk do not call upstream one by one") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 4048, .initial_buffer_count = 0, .upstream = &upstream});
  CheckFewCalls(a, upstream, 4048, 5000);
}

TEST_CASE("a few oversized requests leave the size of chunks as it is") {
  arena::MonotonicArena a({.min_buffer_size = 4096});
  for (int i = 0; i < 7; ++i) a.Alloc(500'000, 1);
  const std::size_t cap = a.Cap();
  a.Alloc(4096, 1);
  a.Alloc(4096, 1);
  CHECK(a.Cap() == cap + 4096);
}

TEST_CASE("a spare behind a small one serves before a new chunk does") {
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .upstream = &upstream});
  a.Reserve(40'000);  // the first chunk, unused, is a spare now
  a.Alloc(40'000, 16);
  a.Alloc(900, 1);   // in the first chunk
  a.Alloc(4000, 1);  // in a third one, of an eighth of the two
  CHECK(a.Stats().buffers == 3);
  const std::size_t calls = upstream.Calls();
  a.Reset();
  a.Reserve(40'000);
  a.Alloc(40'000, 16);
  a.Alloc(4000, 1);  // the first chunk is the next spare and too small
  CHECK(upstream.Calls() == calls);
  CHECK(a.Stats().waste == 0);
  a.Alloc(900, 1);
  CHECK(a.Stats().buffers == 3);
}

TEST_CASE("every round starts in the same chunk, also after one that passed it by", "[places]") {
  CheckingResource upstream;
  arena::InlineArena<128> a({.upstream = &upstream});
  void* const first = a.Alloc(1, 1);
  a.Reset();
  a.Alloc(200, 1);  // the bytes inside are a spare in this round
  CHECK(a.Stats().waste == 0);
  a.Reset();
  CHECK(a.Alloc(1, 1) == first);
  a.Reset();
  a.Reserve(1000);
  a.Alloc(1, 1);
  a.Reset();
  CHECK(a.Alloc(1, 1) == first);
}
