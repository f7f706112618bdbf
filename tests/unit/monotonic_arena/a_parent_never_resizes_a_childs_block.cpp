// SPDX-License-Identifier: Apache-2.0
//
// A chunk never uses the last byte of its block, so the end of a child's last allocation is never the
// parent's cursor, and the parent does not take that allocation for its own.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>

#include "support/catch.hpp"
#include "support/raw_memory.hpp"

namespace {

// The child's last allocation fills its chunk; the parent must refuse to resize it.
void CheckChild(arena::Arena& parent, arena::MonotonicArena& child, std::size_t size) {
  void* const block = child.Alloc(size, 1);
  arena_test::Fill(block, size, 1);
  CHECK_FALSE(parent.TryResize(block, size, size + 1));
  CHECK_FALSE(parent.TryResize(block, size, size - 1));
  CHECK_FALSE(parent.TryResize(block, size, 0));
  void* const parents = parent.Alloc(64, 1);
  arena_test::Fill(parents, 64, 2);
  CHECK(arena_test::StillHolds(block, size, 1));
}

void CheckSlice(arena::Arena& parent, arena::MonotonicArena& child, std::size_t size) {
  arena::Slice<char> slice = arena::AllocateSlice<char>(child, size);
  std::memset(slice.data(), 'a', size);
  const arena::Slice<char> grown = arena::SliceAppend(parent, slice, 'b');
  const bool moved = grown.data() != slice.data();
  CHECK(moved);
  child.Reset();
  const arena::Slice<char> next = arena::AllocateSlice<char>(child, size);
  CHECK(arena_test::LiesAt(next.data(), slice.data()));
  CHECK(grown[0] == 'a');
  CHECK(grown[size] == 'b');
}

}  // namespace

TEST_CASE("a parent does not resize the block that fills a child's chunk") {
  for (std::size_t size = 100; size <= 300; ++size) {
    CAPTURE(size);
    arena::MonotonicArena parent;
    arena::MonotonicArena child({.min_buffer_size = size, .upstream = &parent});
    CheckChild(parent, child, size);
  }
  for (const std::size_t size : {4080U, 4095U, 4096U, 4097U, 4112U, 8192U, 65536U}) {
    CAPTURE(size);
    arena::MonotonicArena parent({.min_buffer_size = 1 << 20});
    arena::MonotonicArena child({.min_buffer_size = size, .upstream = &parent});
    CheckChild(parent, child, size);
  }
}

TEST_CASE("a parent does not resize the block that fills a child's oversized chunk") {
  for (const std::size_t size : {64U, 80U, 112U, 1024U, 4096U, 5120U, 65536U}) {
    CAPTURE(size);
    arena::MonotonicArena parent({.min_buffer_size = 1 << 20});
    arena::MonotonicArena child({.min_buffer_size = 48,
                                 .initial_buffer_count = 2,
                                 .max_buffer_size = 0,
                                 .upstream = &parent});
    child.Alloc(1, 1);
    const std::size_t cap = child.Cap();
    CheckChild(parent, child, size);
    CHECK(child.Cap() > cap);
  }
}

TEST_CASE("a concurrent parent does not resize a child's block") {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  arena::ConcurrentArena parent(base);
  arena::MonotonicArena ordinary({.min_buffer_size = 512, .upstream = &parent});
  CheckChild(parent, ordinary, 512);
  arena::MonotonicArena oversized({.upstream = &parent});
  CheckChild(parent, oversized, 65536);
}

TEST_CASE("a slice of a child that is appended to through the parent moves to the parent") {
  for (const std::size_t size : {511U, 512U, 65536U}) {
    CAPTURE(size);
    arena::MonotonicArena parent({.min_buffer_size = 1 << 20});
    arena::MonotonicArena child({.min_buffer_size = 512, .upstream = &parent});
    CheckSlice(parent, child, size);
    arena::ConcurrentArena shared(parent);
    arena::MonotonicArena own({.min_buffer_size = 512, .upstream = &shared});
    CheckSlice(shared, own, size);
  }
}
