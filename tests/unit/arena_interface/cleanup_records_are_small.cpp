// SPDX-License-Identifier: Apache-2.0
//
// A record takes at most 16 bytes, is not in Len, and appears in Stats.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/lifetime.hpp"
#include "support/raw_memory.hpp"

using arena::Allocate;
using arena_test::Tracked;

namespace {

std::size_t SumOf(const arena::ArenaStats& stats) {
  return stats.len + stats.records + stats.waste + stats.free;
}

// Two types in turn have no neighbours of their own type.
struct Other {
  explicit Other(int value) : tracked(value) {}
  Tracked tracked;
};

}  // namespace

TEST_CASE("each object costs at most one record of 16 bytes beside a link per buffer") {
  arena::MonotonicArena a;
  const bool alternating = GENERATE(true, false);
  for (std::size_t n = 1; n <= 100; ++n) {
    if (alternating && n % 2 == 0) {
      Allocate<Other>(a, 1);
    } else {
      Allocate<Tracked>(a, 1);
    }
    CAPTURE(n);
    CHECK(a.Len() == n * sizeof(Tracked));
    CHECK(a.Stats().records <= 16 * (n + 1));
    if (alternating) CHECK(a.Stats().records == 16 * (n + 1));
    CHECK(SumOf(a.Stats()) == a.Cap());
  }
  // A link, the first, the run of the others.
  if (!alternating && arena_test::kPlaces) CHECK(a.Stats().records <= 64);
  a.Reset();
  CHECK(a.Stats().records == 0);
}

TEST_CASE("records of many buffers are all in Stats") {
  arena::MonotonicArena a({.min_buffer_size = 256, .max_buffer_size = 256});
  for (int i = 0; i < 1000; ++i) {
    Allocate<Tracked>(a, i);
    Allocate<Other>(a, i);
  }
  const arena::ArenaStats stats = a.Stats();
  CHECK(stats.len == 2000 * sizeof(Tracked));
  CHECK(stats.records >= 16 * 2000);
  CHECK(stats.records <= 16 * (2000 + stats.buffers));
  CHECK(SumOf(stats) == stats.cap);
}

TEST_CASE("owning an object with a stateless deleter costs the record alone") {
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  const std::size_t len = a.Len();
  const std::size_t records = a.Stats().records;
  arena::Own(a, std::make_unique<Tracked>(2));
  arena::Own(a, std::make_unique<Tracked[]>(3));
  CHECK(a.Len() == len);
  CHECK(a.Stats().records == records + 32);
}

TEST_CASE("a deferred call costs its record and the callable") {
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  a.Alloc(4, 4);
  const std::size_t len = a.Len();
  const std::size_t records = a.Stats().records;
  int* where = nullptr;
  arena::Defer(a, [where] { static_cast<void>(where); });
  CHECK(a.Len() == len + sizeof(int*));
  CHECK(a.Stats().records == records + 16);
}

TEST_CASE("a slice has one record however long it is", "[places]") {
  arena::MonotonicArena a;
  Allocate<Tracked>(a, 1);
  const std::size_t records = a.Stats().records;
  arena::Slice<Tracked> slice;
  for (int i = 0; i < 500; ++i) slice = arena::SliceAppend(a, slice, i);
  CHECK(slice.size() == 500);
  CHECK(a.Stats().records == records + 16);
}
