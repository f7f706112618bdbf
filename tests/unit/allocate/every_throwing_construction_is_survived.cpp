// SPDX-License-Identifier: Apache-2.0
//
// One scenario over everything that constructs objects, with the n-th construction throwing, for
// every n that it reaches: the exception passes through, Len is back, no record and no object stay.
#include <arena/arena.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::CheckingResource;
using arena_test::ConstructionError;
using arena_test::LifetimeLog;
using arena_test::OverAligned;
using arena_test::ThrowingMove;
using arena_test::Tracked;

namespace {

// Several tracked members: some of them are constructed when a later one throws.
struct Compound {
  Compound() : first(1), second(2), third(3) {}
  Tracked first;
  ThrowingMove second;
  std::string text = "a text that is long enough to need memory of its own";
  OverAligned third;
};

class ThrowingScenario {
 public:
  ThrowingScenario(arena::Arena& a, const LifetimeLog& log, bool own_window)
      : a_(a), log_(log), own_window_(own_window) {}

  void Run() {
    a_.Alloc(1, 1);
    Try([&] { arena::Allocate<Tracked>(a_, 1); });
    Try([&] { static_cast<void>(arena::TryAllocate<ThrowingMove>(a_, 2)); });
    Try([&] { static_cast<void>(arena::AllocateForOverwrite<OverAligned>(a_)); });
    a_.Alloc(3, 1);
    Try([&] { arena::Allocate<Compound>(a_); });
    Try([&] { arena::Allocate<std::pair<Tracked, ThrowingMove>>(a_, 1, 2); });
    Try([&] { arena::Defer(a_, [state = ThrowingMove(3)] {}); });
    Try([&] { arena::Own(a_, std::make_unique<Tracked>(4)); });
    Try([&] { arena::Own(a_, std::make_unique<Tracked[]>(3)); });
    Try([&] { static_cast<void>(arena::AllocateSlice<Compound>(a_, 3, 5)); });
    Try([&] { static_cast<void>(arena::AllocateSliceForOverwrite<Tracked>(a_, 3, 5)); });
    RunSlices<Tracked>();
    RunSlices<ThrowingMove>();
    RunSlices<OverAligned>();
  }

  int Failures() const { return failures_; }

 private:
  template <class Step>
  bool Try(Step step) {
    const std::size_t len = a_.Len();
    const std::size_t live = log_.Live();
    try {
      step();
      return true;
    } catch (const ConstructionError&) {
      ++failures_;
      CHECK(log_.Live() == live);
      if (own_window_) CHECK(a_.Len() == len);
      return false;
    }
  }

  template <class T>
  void RunSlices() {
    Slice<T> slice;
    std::vector<int> expected;
    for (int id = 0; id < 6; ++id) {
      if (Try([&] { slice = SliceAppend(a_, slice, id); })) expected.push_back(id);
      if (id % 3 == 0) a_.Alloc(1, 1);
      Check(slice, expected);
    }
    if (Try([&] { slice = SliceAppend(a_, std::move(slice), 10, 11, 12); })) {
      expected.insert(expected.end(), {10, 11, 12});
    }
    Check(slice, expected);
    if (Try([&] { slice = arena::SliceAppendRange(a_, slice, std::list<int>{20, 21}); })) {
      expected.insert(expected.end(), {20, 21});
    }
    Check(slice, expected);
    if (Try([&] { slice = arena::SliceAppendRange(a_, slice, slice); })) {
      const std::vector<int> twice = expected;
      expected.insert(expected.end(), twice.begin(), twice.end());
    }
    Check(slice, expected);
    const Slice<T> tail = slice.Subslice(1, slice.size());
    Try([&] { static_cast<void>(SliceAppend(a_, tail, 30)); });
    Check(slice, expected);
  }

  template <class T>
  static void Check(const Slice<T>& slice, const std::vector<int>& expected) {
    REQUIRE(slice.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(slice[i].Id() == expected[i]);
  }

  arena::Arena& a_;
  const LifetimeLog& log_;
  bool own_window_;
  int failures_ = 0;
};

}  // namespace

TEST_CASE("every kind of arena survives every construction that throws") {
  const int kind = GENERATE(0, 1, 2, 3, 4, 5);
  std::size_t n = 1;
  for (bool failed = true; failed; ++n) {
    REQUIRE(n < 1000);
    CAPTURE(kind, n);
    CheckingResource upstream;
    LifetimeLog log;
    {
      arena::MonotonicArena base({.min_buffer_size = 1 << 15, .upstream = &upstream});
      std::optional<arena::MonotonicArena> small;
      std::optional<arena_test::WindowlessArena> windowless;
      std::optional<arena_test::WindowArena<1 << 15>> window;
      std::optional<arena::ConcurrentArena> shared;
      std::optional<arena_test::PlainDecorator> plain;
      arena::Arena* a = &base;
      if (kind == 1) {
        a = &small.emplace(arena::MonotonicArenaOptions{
            .min_buffer_size = 128, .max_buffer_size = 128, .upstream = &upstream});
      }
      if (kind == 2) a = &windowless.emplace(upstream);
      if (kind == 3) a = &window.emplace();
      if (kind == 4) a = &shared.emplace(base);
      if (kind == 5) a = &plain.emplace(base);
      log.ThrowAt(n);
      ThrowingScenario scenario(*a, log, kind == 0 || kind == 3);
      scenario.Run();
      failed = scenario.Failures() > 0;
      CHECK(scenario.Failures() <= 1);
      log.ThrowNever();
      CHECK(log.Errors() == "");
      a->Reset();
      CHECK(log.Check() == "");
      CHECK(a->Len() == 0);
      ThrowingScenario again(*a, log, kind == 0 || kind == 3);
      again.Run();
      CHECK(again.Failures() == 0);
      a->Release();
    }
    CHECK(log.Check() == "");
    CHECK(upstream.Check() == "");
  }
  CHECK(n > 100);
}
