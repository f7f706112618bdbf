// SPDX-License-Identifier: Apache-2.0
//
// When a request that does not fit moves the window on, and when it gets a buffer of its own: it
// moves on if it fits the next ordinary buffer and at most max((current + aside) / 16, 256) bytes
// stay behind, aside being what dedicated buffers were asked for since the window last moved.
#include <arena/arena.hpp>
#include <cstddef>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/figures.hpp"
#include "support/raw_memory.hpp"

using arena_test::At;
using arena_test::CheckingResource;
using arena_test::FiguresAgree;

namespace {

// Leaves exactly `room` bytes in a fresh window of `size`.
void* FillTo(arena::MonotonicArena& a, std::size_t size, std::size_t room) {
  return At(a.Alloc(size - room, 1), size - room);
}

// Whether the window is still where the next block would start at `end`.
bool WindowStays(arena::MonotonicArena& a, void* end) { return a.Alloc(1, 1) == end; }

}  // namespace

TEST_CASE("a sixteenth of the current buffer may be left behind, one byte more may not",
          "[monotonic][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 2, .upstream = &upstream});
  SECTION("a sixteenth") {
    void* end = FillTo(a, 32768, 2048);
    a.Alloc(3000, 1);
    CHECK(a.Cap() == 65536);
    CHECK(a.Stats().waste == 2048);
    CHECK_FALSE(WindowStays(a, end));
  }
  SECTION("one byte more") {
    void* end = FillTo(a, 32768, 2049);
    a.Alloc(3000, 1);
    CHECK(a.Cap() == 65536 + 3072);
    CHECK(a.Stats().waste == 72);
    CHECK(WindowStays(a, end));
  }
  CHECK(FiguresAgree(a));
}

TEST_CASE("256 bytes may be left behind in a small buffer, one more may not",
          "[monotonic][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer_count = 2});
  SECTION("256") {
    void* end = FillTo(a, 1000, 256);
    a.Alloc(300, 1);
    CHECK(a.Cap() == 2000);
    CHECK(a.Stats().waste == 256);
    CHECK_FALSE(WindowStays(a, end));
  }
  SECTION("257") {
    void* end = FillTo(a, 1000, 257);
    a.Alloc(300, 1);
    CHECK(a.Cap() == 2000 + 320);
    CHECK(WindowStays(a, end));
  }
}

TEST_CASE("the two terms meet at buffers of 4096 bytes", "[monotonic][places]") {
  SECTION("4096: 256 either way") {
    arena::MonotonicArena a({.min_buffer_size = 4096, .initial_buffer_count = 2});
    void* end = FillTo(a, 4096, 257);
    a.Alloc(300, 1);
    CHECK(WindowStays(a, end));
  }
  SECTION("4112: 257 is a sixteenth") {
    arena::MonotonicArena a({.min_buffer_size = 4112, .initial_buffer_count = 2});
    void* end = FillTo(a, 4112, 257);
    a.Alloc(300, 1);
    CHECK_FALSE(WindowStays(a, end));
    CHECK(a.Cap() == 2 * 4112);
  }
}

TEST_CASE("three requests of 60 in three buffers of 100 need no more", "[monotonic]") {
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 100, .initial_buffer_count = 3, .upstream = &upstream});
  const std::size_t calls = upstream.Calls();
  for (int i = 0; i < 3; ++i) a.Alloc(60, 1);
  CHECK(a.Cap() == 300);
  CHECK(a.Len() == 180);
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("what went aside widens the rule until the window moves", "[monotonic][places]") {
  arena::MonotonicArena a({.initial_buffer_count = 3});
  // 4096 may stay behind once (32768 + aside) / 16 >= 4096: at 32768 bytes aside.
  void* end = FillTo(a, 32768, 4096);
  SECTION("one byte less is not enough") {
    for (const std::size_t size : {8192u, 8192u, 8192u, 8191u}) a.Alloc(size, 1);
    const std::size_t cap = a.Cap();
    a.Alloc(8192, 1);
    CHECK(a.Cap() == cap + 8192);  // a fifth one aside
    CHECK(WindowStays(a, end));
  }
  SECTION("enough is enough") {
    for (int i = 0; i < 4; ++i) a.Alloc(8192, 1);
    const std::size_t cap = a.Cap();
    CHECK(cap == 3 * 32768 + 4 * 8192);
    a.Alloc(8192, 1);
    CHECK(a.Cap() == cap);
    CHECK(a.Stats().waste == 4096);
    SECTION("and the count starts again") {
      end = FillTo(a, 32768 - 8192, 2049);
      a.Alloc(3000, 1);
      CHECK(a.Cap() == cap + 3072);
      CHECK(WindowStays(a, end));
    }
  }
  SECTION("what is counted is what was asked for, not what the buffers have") {
    // Four of 8193 are 32772; the fifth moves on although four buffers of 10240 are 40960.
    for (int i = 0; i < 3; ++i) a.Alloc(8193, 1);
    CHECK(a.Cap() == 3 * 32768 + 3 * 10240);
    a.Alloc(8193, 1);  // 24579 so far: not yet, although 30720 + 32768 would not be either
    CHECK(a.Cap() == 3 * 32768 + 4 * 10240);
    a.Alloc(8193, 1);
    CHECK(a.Cap() == 3 * 32768 + 4 * 10240);
  }
  CHECK(FiguresAgree(a));
}

TEST_CASE("Reset clears the count of what went aside", "[monotonic][places]") {
  CheckingResource upstream;
  arena::MonotonicArena a({.initial_buffer_count = 2, .upstream = &upstream});
  FillTo(a, 32768, 4096);
  for (int i = 0; i < 4; ++i) a.Alloc(8192, 1);
  a.Reset();
  const std::size_t calls = upstream.Calls();
  void* end = FillTo(a, 32768, 4096);
  a.Alloc(8192, 1);  // moves on unless the four from before still count
  CHECK(a.Stats().waste == 0);
  CHECK(WindowStays(a, end));
  CHECK(upstream.Calls() == calls);
}

TEST_CASE("a request larger than the next ordinary buffer always goes aside",
          "[monotonic][places]") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer_count = 2});
  SECTION("from a fresh window") {
    void* first = a.Alloc(1, 1);
    a.Alloc(1001, 1);
    CHECK(a.Cap() == 2000 + 1024);
    CHECK(WindowStays(a, At(first, 1)));
  }
  SECTION("from a full window, which then moves for the next small one") {
    a.Alloc(1000, 1);
    a.Alloc(1001, 1);
    CHECK(a.Cap() == 2000 + 1024);
    CHECK(a.Stats().waste == 23);
    a.Alloc(1000, 1);
    CHECK(a.Cap() == 2000 + 1024);
  }
  SECTION("the largest that fits does not") {
    a.Alloc(1000, 1);
    a.Alloc(1000, 1);
    CHECK(a.Cap() == 2000);
  }
}

TEST_CASE("an over-aligned request moves on only where it fits wherever the buffer lies",
          "[monotonic]") {
  // The answer depends on sizes, never on addresses: equal cycles stay equal.
  CheckingResource upstream;
  arena::MonotonicArena a(
      {.min_buffer_size = 4096, .initial_buffer_count = 2, .upstream = &upstream});
  a.Alloc(4096, 1);
  SECTION("it does") {
    a.Alloc(4096 - 1023, 1024);
    CHECK(a.Cap() == 8192);
    CHECK(a.Stats().buffers == 2);
  }
  SECTION("it might not") {
    a.Alloc(4096 - 1022, 1024);
    CHECK(a.Stats().buffers == 3);
  }
  CHECK(FiguresAgree(a));
}

TEST_CASE("the padding of small alignments is known from the buffer's size", "[monotonic]") {
  // 100 usable bytes start 12 above a multiple of 16.
  arena::MonotonicArena a({.min_buffer_size = 100, .initial_buffer_count = 3});
  a.Alloc(100, 1);
  a.Alloc(96, 16);
  CHECK(a.Cap() == 300);
  a.Alloc(97, 16);
  CHECK(a.Cap() == 300 + 112);
  a.Alloc(97, 4);
  CHECK(a.Cap() == 300 + 112);
}
