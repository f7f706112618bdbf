// SPDX-License-Identifier: Apache-2.0
//
// One scenario over everything that takes memory from an arena (typed allocation, slices, buffers,
// containers), with upstream failing at the n-th call, for every n that it reaches: std::bad_alloc
// or null, figures as promised, contents as they were, nothing leaked, and the arena usable
// afterwards. Arenas, decorators, arenas over arenas, and the leases of a pool are put through it.
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/pool.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/container_kinds.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena::Slice;
using arena::SliceAppend;
using arena_test::CheckingResource;
using arena_test::Failure;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

struct ArenaFigures {
  std::size_t len, cap, peak;
  bool operator==(const ArenaFigures&) const = default;
};
ArenaFigures FiguresOf(const arena::Arena& a) { return {a.Len(), a.Cap(), a.Peak()}; }

struct Scenario {
  arena::Arena& a;
  // Whether a failure leaves all figures as they were. A typed allocation may have got its object's
  // memory before its record failed, so without a window of its own Len may have grown.
  bool exact;
  int failures = 0;

  // Runs one step; true if it succeeded.
  template <class Step>
  bool Try(Step step) {
    const ArenaFigures before = FiguresOf(a);
    try {
      step();
      return true;
    } catch (const std::bad_alloc&) {
      ++failures;
      if (exact) {
        CHECK(a.Len() == before.len);
        CHECK(a.Cap() >= before.cap);  // the record may have failed after the object's buffer came
      }
      CHECK(a.Peak() >= before.peak);
      return false;
    }
  }
  // One that either succeeds or leaves all three figures as they were.
  template <class Step>
  bool TryRaw(Step step) {
    const ArenaFigures before = FiguresOf(a);
    if (Try(step)) return true;
    CHECK(FiguresOf(a) == before);
    return false;
  }
  // One of several requests, of which the first ones may have been served.
  template <class Step>
  bool TrySeveral(Step step) {
    const ArenaFigures before = FiguresOf(a);
    try {
      step();
      return true;
    } catch (const std::bad_alloc&) {
      ++failures;
      CHECK(a.Len() >= before.len);
      CHECK(a.Peak() >= before.peak);
      return false;
    }
  }
  template <class Step>
  bool TryNull(Step step) {
    const ArenaFigures before = FiguresOf(a);
    if (step() != nullptr) return true;
    ++failures;
    if (exact) CHECK(a.Len() == before.len);
    CHECK(a.Peak() >= before.peak);
    return false;
  }

  void Run() {
    TryRaw([&] { a.Alloc(100, 1); });
    TryRaw([&] { a.Alloc(5000, 64); });
    TryNull([&] { return a.TryAlloc(300, 8); });
    const Tracked* object = nullptr;
    const bool built = Try([&] { object = arena::Allocate<Tracked>(a, 1); });
    TryNull([&] { return arena::TryAllocate<Tracked>(a, 2); });
    Try([&] { static_cast<void>(arena::AllocateForOverwrite<std::array<char, 600>>(a)); });
    Try([&] { arena::Own(a, std::make_unique<Tracked>(3)); });
    Try([&] {
      using Owner = std::unique_ptr<Tracked, void (*)(Tracked*)>;
      arena::Own(a, Owner(new Tracked(4), [](Tracked* tracked) { delete tracked; }));
    });
    Try([&] { arena::Defer(a, [tracked = Tracked(5)] {}); });
    Try([&] {
      auto* const words = arena::Allocate<std::pmr::vector<std::pmr::string>>(a);
      for (int i = 0; i < 10; ++i) words->emplace_back(100u, 'x');
    });
    TryRaw([&] { static_cast<void>(arena::CopyString(a, std::string(700, 'x'))); });
    TryRaw([&] { static_cast<void>(arena::AllocateSlice<int>(a, 200)); });
    Try([&] { static_cast<void>(arena::AllocateSlice<Tracked>(a, 50, 60)); });
    RunSlices();
    RunBuffer();
    RunContainer<arena_test::IntVector>();
    RunContainer<arena::String>();
    RunContainer<arena_test::IntList>();
    RunContainer<arena_test::IntMap>();
    RunContainer<arena_test::IntUnorderedMap>();
    RunContainerOfTracked();
    if (built) CHECK(object->Id() == 1);
  }

  // A write that fails leaves the buffer as it was, and the next one succeeds.
  void RunBuffer() {
    arena::ArenaBuffer b(a);
    std::string model;
    std::vector<std::pair<std::string_view, std::string>> shown;
    for (std::size_t i = 0; i < 25; ++i) {
      const std::string text(1 + 53 * i % 400, static_cast<char>('a' + i));
      const std::size_t cap = b.Cap();
      const auto write = [&] {
        if (i % 3 == 0) {
          const auto room = b.Prepare(text.size());
          std::memcpy(room.data(), text.data(), text.size());
          b.Commit(room.size());
        } else {
          b.Write(text);
        }
      };
      if (!TryRaw(write)) {
        CHECK(b.Cap() == cap);
        REQUIRE(b.String() == model);
        write();  // upstream works again
      }
      model += text;
      REQUIRE(b.String() == model);
      if (i % 4 == 0) shown.emplace_back(b.View(), model);
      if (i % 2 == 0) model.erase(0, b.Next(100).size());
      if (i % 5 == 0) TryRaw([&] { a.Alloc(30, 1); });
    }
    std::size_t given = 0;
    TrySeveral([&] {
      b.ReadFrom([&](char* data, std::size_t size) {
        const std::size_t count = std::min<std::size_t>({size, 700, 3000 - given});
        std::memset(data, 'z', count);
        given += count;
        return count;
      });
    });
    REQUIRE(b.String() == model + std::string(given, 'z'));
    for (const auto& [view, copy] : shown) REQUIRE(view == copy);
  }

  // A container that cannot grow stays as it was, and can grow when upstream works again.
  template <class Container>
  void RunContainer() {
    Container container(a);
    for (int i = 1; i <= 60; ++i) {
      const std::vector<int> before = arena_test::SortedKeys(container);
      if (!TrySeveral([&] { arena_test::Add(container, i); })) {
        REQUIRE(arena_test::SortedKeys(container) == before);
        arena_test::Add(container, i);
      }
    }
    const std::vector<int> all = arena_test::SortedKeys(container);
    CHECK(all.size() == 60);
    TrySeveral([&] {
      const Container copy(container, a);
      CHECK(arena_test::SortedKeys(copy) == all);
    });
    TrySeveral([&] {
      Container other(a);
      other = container;
      CHECK(arena_test::SortedKeys(other) == all);
    });
    CHECK(arena_test::SortedKeys(container) == all);
    const Container moved = std::move(container);
    CHECK(arena_test::SortedKeys(moved) == all);
  }

  void RunContainerOfTracked() {
    arena::Vector<Tracked> vector(a);
    for (int i = 0; i < 30; ++i) {
      if (!TrySeveral([&] { vector.emplace_back(i); })) vector.emplace_back(i);
    }
    for (int i = 0; i < 30; ++i) REQUIRE(vector[static_cast<std::size_t>(i)].Id() == i);
  }

  void RunSlices() {
    Slice<int> numbers;
    Slice<Tracked> tracked;
    for (int i = 0; i < 60; ++i) {
      const auto old_numbers = numbers;
      if (!TryRaw([&] { numbers = SliceAppend(a, numbers, i); })) {
        CHECK(numbers.data() == old_numbers.data());
        numbers = SliceAppend(a, numbers, i);  // upstream works again
      }
      const auto old_tracked = tracked;
      if (!Try([&] { tracked = SliceAppend(a, std::move(tracked), i); })) {
        CHECK(tracked.data() == old_tracked.data());
        tracked = SliceAppend(a, tracked, i);
      }
      if (i % 20 == 0) TryRaw([&] { a.Alloc(400, 1); });
    }
    Try([&] { tracked = arena::SliceAppendRange(a, tracked, tracked); });
    Try([&] { tracked = arena::SliceAppendRange(a, tracked, std::list<int>(100, 7)); });
    Try([&] { numbers = SliceAppend(a, numbers, 1, 2, 3); });
    for (int i = 0; i < 60; ++i) {
      REQUIRE(numbers[static_cast<std::size_t>(i)] == i);
      REQUIRE(tracked[static_cast<std::size_t>(i)].Id() == i);
    }
  }
};

// Runs `round(n)` with n = 1, 2, ... until it says that nothing failed any more.
template <class Round>
void EveryN(std::size_t least, Round round) {
  std::size_t n = 1;
  while (round(n)) REQUIRE(++n < 1000);
  CHECK(n > least);  // the scenario reaches some
}

}  // namespace

TEST_CASE("a monotonic arena survives every failing call of upstream") {
  const auto failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  const bool for_good = GENERATE(false, true);
  EveryN(8, [&](std::size_t n) {
    CAPTURE(n, for_good);
    CheckingResource upstream;
    LifetimeLog log;
    bool failed = false;
    {
      arena::MonotonicArena a(
          {.min_buffer_size = 512, .initial_buffer_count = 0, .upstream = &upstream});
      if (for_good) {
        upstream.FailFrom(n, failure);
        // Single steps: the scenario relies on a second attempt.
        Scenario scenario{a, true};
        arena::ArenaBuffer buffer(a);
        std::string written;
        arena_test::IntVector vector(a);
        arena_test::IntMap map(a);
        std::vector<int> added, mapped;
        for (int i = 0; i < 20; ++i) {
          const std::string text(150, static_cast<char>('a' + i));
          if (scenario.TryRaw([&] { buffer.Write(text); })) written += text;
          REQUIRE(buffer.String() == written);
          if (scenario.TryRaw([&] { vector.push_back(i); })) added.push_back(i);
          REQUIRE(arena_test::SortedKeys(vector) == added);
          if (scenario.TryRaw([&] { map.emplace(i, i); })) mapped.push_back(i);
          REQUIRE(arena_test::SortedKeys(map) == mapped);
          scenario.TryRaw([&] { a.Alloc(300, 1); });
          scenario.Try([&] { arena::Allocate<Tracked>(a, i); });
          scenario.Try([&] { static_cast<void>(arena::AllocateSlice<Tracked>(a, 20)); });
          scenario.TryRaw([&] { a.Reserve(1000); });
        }
        failed = scenario.failures > 0;
        upstream.FailNever();
      } else {
        upstream.FailAt(n, failure);
        Scenario scenario{a, true};
        scenario.Run();
        scenario.TryRaw([&] { a.Reserve(10000); });
        {
          const arena::ArenaScope scope(a);
          scenario.Run();
        }
        // A failure may be answered from what is held already, so it need not show.
        CHECK(scenario.failures <= 1);
        failed = upstream.Failures() > 0;
      }
      const arena::ArenaStats stats = a.Stats();
      CHECK(stats.len + stats.records + stats.waste + stats.free == stats.cap);
      CHECK(log.Errors() == "");
      a.Reset();
      CHECK(log.Check() == "");
      CHECK(a.Len() == 0);
      upstream.FailNever();
      Scenario{a, true}.Run();
    }
    CHECK(log.Check() == "");
    CHECK(upstream.Check() == "");
    return failed;
  });
}

TEST_CASE("a monotonic arena survives every failing call while it is constructed") {
  EveryN(3, [](std::size_t n) {
    CAPTURE(n);
    CheckingResource upstream;
    upstream.FailAt(n);
    bool failed = false;
    try {
      arena::MonotonicArena a({.initial_buffer_count = 4, .upstream = &upstream});
      CHECK(a.Cap() == 4 * 32768);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    CHECK(upstream.Check() == "");
    return failed;
  });
}

TEST_CASE("a limited arena survives every limit") {
  for (std::size_t limit = 512; limit < 30000; limit += 512) {
    CAPTURE(limit);
    CheckingResource upstream;
    LifetimeLog log;
    {
      arena::MonotonicArena a({.min_buffer_size = 512, .limit = limit, .upstream = &upstream});
      Scenario scenario{a, false};  // a limit gives buffers back: Cap may fall
      for (int i = 0; i < 30; ++i) {
        scenario.Try([&] { a.Alloc(200, 1); });
        scenario.Try([&] { arena::Allocate<Tracked>(a, i); });
        scenario.Try([&] { static_cast<void>(arena::AllocateSlice<Tracked>(a, 30)); });
        CHECK(a.Cap() <= limit);
      }
      a.Reset();
      CHECK(log.Check() == "");
      CHECK(a.TryAlloc(512 - 16) != nullptr);
    }
    CHECK(upstream.Check() == "");
  }
}

TEST_CASE("custom arenas and decorators survive every failing call of upstream") {
  const int kind = GENERATE(0, 1, 2, 3, 4);
  EveryN(5, [kind](std::size_t n) {
    CAPTURE(kind, n);
    CheckingResource upstream;
    LifetimeLog log;
    bool failed = false;
    {
      std::optional<arena::MonotonicArena> base;
      base.emplace(arena::MonotonicArenaOptions{
          .min_buffer_size = 512, .initial_buffer_count = 0, .upstream = &upstream});
      std::optional<arena_test::WindowlessArena> windowless;
      std::optional<arena_test::HoppingArena> hopping;
      std::optional<arena::ConcurrentArena> shared;
      std::optional<arena_test::LoggingArena> logging;
      std::optional<arena_test::PlainDecorator> plain;
      arena::Arena* a = nullptr;
      if (kind == 0) a = &windowless.emplace(upstream);
      if (kind == 1) a = &hopping.emplace(upstream, 512u);
      if (kind == 2) a = &shared.emplace(*base);
      if (kind == 3) a = &logging.emplace(*base);
      if (kind == 4) a = &plain.emplace(*base);
      upstream.FailAt(n);
      Scenario scenario{*a, false};
      scenario.Run();
      failed = upstream.Failures() > 0;
      CHECK(log.Errors() == "");
      a->Reset();
      CHECK(log.Check() == "");
      CHECK(a->Len() == 0);
      upstream.FailNever();
      Scenario{*a, false}.Run();
      a->Release();
    }
    CHECK(log.Check() == "");
    CHECK(upstream.Check() == "");
    return failed;
  });
}

TEST_CASE("an arena over an arena survives every failing call of upstream") {
  EveryN(5, [](std::size_t n) {
    CAPTURE(n);
    CheckingResource upstream;
    LifetimeLog log;
    bool failed = false;
    {
      arena::MonotonicArena parent(
          {.min_buffer_size = 2048, .initial_buffer_count = 0, .upstream = &upstream});
      {
        arena::MonotonicArena child(
            {.min_buffer_size = 512, .initial_buffer_count = 0, .upstream = &parent});
        upstream.FailAt(n);
        Scenario{child, true}.Run();
        failed = upstream.Failures() > 0;
        upstream.FailNever();
      }
      CHECK(log.Check() == "");
      parent.Reset();
    }
    CHECK(upstream.Check() == "");
    return failed;
  });
}

TEST_CASE("the leases of a pool survive every failing call of upstream") {
  const auto failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  EveryN(15, [&](std::size_t n) {
    CAPTURE(n);
    CheckingResource upstream;
    LifetimeLog log;
    bool failed = false;
    {
      arena::ArenaPoolOptions options;
      options.upstream = &upstream;
      arena::ArenaPool pool(options);
      upstream.FailAt(n, failure);
      // The first leases of a key in many buffers, the later ones in one; two at a time.
      std::optional<arena::ArenaLease> before;
      std::uint64_t acquired = 0;
      for (std::uint64_t i = 0; i < 6; ++i) {
        std::optional<arena::ArenaLease> lease;
        try {
          lease.emplace(pool.Acquire(i % 2, i == 4 ? 50000 : 0));
        } catch (const std::bad_alloc&) {
          CHECK_FALSE(lease);
          CHECK(pool.Stats().leases == acquired);
          lease.emplace(pool.Acquire(i % 2));  // upstream works again
        }
        ++acquired;
        CHECK((*lease)->Len() == 0);
        Scenario scenario{**lease, true};
        scenario.Run();
        CHECK(scenario.failures <= 1);
        before.emplace(std::move(*lease));
        CHECK(pool.Stats().open == 1);
        CHECK(log.Errors() == "");
      }
      failed = upstream.Failures() > 0;
      before.reset();
      CHECK(log.Check() == "");
      const arena::ArenaPoolStats stats = pool.Stats();
      CHECK(stats.open == 0);
      CHECK(stats.leases - stats.reused == stats.idle + stats.evicted);
      CHECK(upstream.LiveBlocks() == stats.idle);
    }
    CHECK(upstream.Check() == "");
    return failed;
  });
}
