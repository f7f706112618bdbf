// SPDX-License-Identifier: Apache-2.0
//
// An append that finds no memory throws std::bad_alloc and leaves the slice and the arena alone.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

TEMPLATE_TEST_CASE("an append without memory changes nothing", "", int, Tracked) {
  LifetimeLog log;
  CheckingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 512, .max_buffer_size = 512, .upstream = &upstream});
  Slice<TestType> slice = SliceAppend(a, Slice<TestType>(), 1, 2, 3);
  upstream.FailFrom(1);
  bool failed = false;
  for (int i = 4; i < 1000 && !failed; ++i) {
    const std::size_t len = a.Len();
    const auto before = slice;
    try {
      slice = SliceAppend(a, slice, i);
    } catch (const std::bad_alloc&) {
      failed = true;
      CHECK(a.Len() == len);
      CHECK(a.Cap() == 512);
      CHECK_THROWS_AS(SliceAppend(a, slice, i, i), std::bad_alloc);
      CHECK_THROWS_AS(SliceAppend(a, Slice<TestType>(slice), i), std::bad_alloc);
      CHECK_THROWS_AS(arena::SliceAppendRange(a, slice, std::vector<int>(10)), std::bad_alloc);
      CHECK(a.Len() == len);
    }
    CHECK(slice.size() == before.size() + (failed ? 0 : 1));
  }
  CHECK(failed);
  for (std::size_t i = 0; i < slice.size(); ++i) {
    CHECK(slice[i] == TestType(static_cast<int>(i) + 1));
  }
  upstream.FailNever();
  slice = SliceAppend(a, slice, 1000);
  CHECK(slice.back() == TestType(1000));
  a.Release();
  CHECK(upstream.Check() == "");
  CHECK(log.Check() == "");
}
