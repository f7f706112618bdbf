// SPDX-License-Identifier: Apache-2.0
//
// Random trees of appends, subslices and clips over one slice: contents against a model, and
// every element destroyed exactly once.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"
#include "support/random.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena::SliceAppendRange;
using arena_test::CheckingResource;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

// Applies `steps` random operations to values of slices. What is known for sure about a value: its
// length, its first elements unless an older value wrote over them. So each appended element is
// checked right after the append, and every element of every value must be alive to the end.
void Churn(arena::Arena& a, std::uint32_t seed, int steps, bool interleave) {
  arena_test::Random random(seed);
  const auto pick = [&random](std::size_t bound) { return random() % bound; };
  std::vector<Slice<Tracked>> values = {{}, arena::AllocateSlice<Tracked>(a, 3, 8)};
  for (int step = 0; step < steps; ++step) {
    CAPTURE(seed, step);
    Slice<Tracked> from = values[pick(values.size())];
    std::vector<int> expected;
    for (const Tracked& element : from) expected.push_back(element.Id());
    Slice<Tracked> result;
    switch (pick(8)) {
      case 0:
      case 1:
        result = SliceAppend(a, from, step);
        expected.push_back(step);
        break;
      case 2:
        result = SliceAppend(a, from, step, step + 1, step + 2);
        expected.insert(expected.end(), {step, step + 1, step + 2});
        break;
      case 3: {
        const Slice<Tracked> other = values[pick(values.size())];
        std::vector<int> ids;
        for (const Tracked& element : other) ids.push_back(element.Id());
        if (ids.size() > 40) continue;
        result = SliceAppendRange(a, from, other);
        expected.insert(expected.end(), ids.begin(), ids.end());
        break;
      }
      case 4: {
        const std::size_t first = pick(from.size() + 1);
        const std::size_t last = first + pick(from.size() - first + 1);
        result = from.Subslice(first, last);
        expected = {expected.begin() + static_cast<std::ptrdiff_t>(first),
                    expected.begin() + static_cast<std::ptrdiff_t>(last)};
        break;
      }
      case 5:
        result = from.Clip();
        break;
      case 6: {
        if (from.empty()) continue;
        const Tracked& own = from[pick(from.size())];
        expected.push_back(own.Id());
        result = SliceAppend(a, from, own);
        break;
      }
      case 7:
        result = SliceAppendRange(a, std::move(from), std::vector<int>{step, -step});
        // Moving on leaves the others moved from: only the new value is known.
        expected.insert(expected.end(), {step, -step});
        break;
    }
    REQUIRE(result.size() == expected.size());
    REQUIRE(result.capacity() >= result.size());
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(result[i].Id() == expected[i]);
    if (values.size() < 30) {
      values.push_back(result);
    } else {
      values[pick(values.size())] = result;
    }
    if (interleave && pick(3) == 0) a.Alloc(1 + pick(20), 1);
  }
  for (const Slice<Tracked>& value : values) {
    for (const Tracked& element : value) static_cast<void>(element.Id());
  }
}

}  // namespace

TEST_CASE("values of one slice are right at every step and each element dies once") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u);
  const bool interleave = GENERATE(false, true);
  CheckingResource upstream;
  LifetimeLog log;
  {
    arena::MonotonicArena a(
        {.min_buffer_size = 1024, .max_buffer_size = 4096, .upstream = &upstream});
    Churn(a, seed, 400, interleave);
    CHECK(log.Errors() == "");
    a.Reset();
    CHECK(log.Check() == "");
    Churn(a, seed + 100, 100, interleave);
  }
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}

TEST_CASE("the same holds in a shared arena, without a window and in a scope") {
  CheckingResource upstream;
  LifetimeLog log;
  SECTION("shared") {
    arena::MonotonicArena base({.upstream = &upstream});
    arena::ConcurrentArena a(base);
    Churn(a, 11, 300, true);
  }
  SECTION("without a window") {
    arena_test::WindowlessArena a(upstream);
    Churn(a, 12, 300, false);
  }
  SECTION("behind a decorator") {
    arena::MonotonicArena base({.upstream = &upstream});
    arena_test::PlainDecorator a(base);
    Churn(a, 13, 300, true);
    a.Reset();
  }
  SECTION("in a scope") {
    arena::MonotonicArena a({.upstream = &upstream});
    const arena::ArenaScope scope(a);
    Churn(a, 14, 300, true);
  }
  CHECK(log.Constructions() > 0);
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}
