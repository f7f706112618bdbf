// SPDX-License-Identifier: Apache-2.0
//
// What a lease needed: the most it had in use at once, cleanup records included, whatever its arena
// had been through before and whatever was freed before the end.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/pools.hpp"
#include "support/random.hpp"

namespace {

constexpr std::uint64_t kKey = 1;

// One whose prediction is the need of the key's latest lease.
class LatestNeed {
 public:
  LatestNeed() : pool_(Options()) {}

  // The need of a lease that does so.
  template <class Work>
  std::size_t Of(Work work) {
    {
      const arena::ArenaLease lease = pool_.Acquire(kKey);
      work(*lease);
    }
    return pool_.Stats(kKey)->prediction;
  }
  arena::ArenaPool& pool() { return pool_; }

 private:
  static arena::ArenaPoolOptions Options() {
    arena::ArenaPoolOptions options;
    options.history = 1;
    options.quantile = 1;
    return options;
  }
  arena::ArenaPool pool_;
};

// Beyond the bytes in use, for a lease with one buffer.
constexpr std::size_t kOneBuffer = 16 + 64;

struct WithDestructor {
  std::size_t bytes[4] = {};
  ~WithDestructor() {}
};

}  // namespace

TEST_CASE("a lease needs what it allocated, with a margin", "[pool]") {
  LatestNeed need;
  CHECK(need.Of([](arena::Arena& a) { a.Alloc(1000, 1); }) == 1000 + kOneBuffer);
  CHECK(need.Of([](arena::Arena&) {}) == kOneBuffer);
  CHECK(need.Of([](arena::Arena& a) {
    a.Alloc(1, 1);
    a.Alloc(100, 4);
  }) == 104 + kOneBuffer);
}

TEST_CASE("cleanup records count in the need", "[pool]") {
  LatestNeed need;
  std::size_t records = 0;
  const std::size_t found = need.Of([&records](arena::MonotonicArena& a) {
    for (int i = 0; i < 10; ++i) arena::Allocate<WithDestructor>(a);
    records = a.Stats().records;
  });
  CHECK(records > 0);
  CHECK(found == 10 * sizeof(WithDestructor) + records + kOneBuffer);
}

TEST_CASE("each further buffer adds 16 bytes", "[pool]") {
  LatestNeed need;
  std::size_t buffers = 0;
  const std::size_t found = need.Of([&buffers](arena::MonotonicArena& a) {
    for (int i = 0; i < 300; ++i) a.Alloc(100, 1);
    buffers = a.Stats().buffers;
  });
  CHECK(buffers > 3);
  CHECK(found == 30'000 + 16 * buffers + 64);
}

TEST_CASE("what the arena saw in earlier leases does not count", "[pool]") {
  LatestNeed need;
  CHECK(need.Of([](arena::Arena& a) { a.Alloc(3000, 1); }) == 3000 + kOneBuffer);
  std::size_t peak = 0;
  CHECK(need.Of([&peak](arena::Arena& a) {
    a.Alloc(10, 1);
    peak = a.Peak();
  }) == 10 + kOneBuffer);
  CHECK(need.pool().Stats().reused == 1);
  CHECK(peak == 3000);
}

TEST_CASE("what an earlier lease freed before its end does not count", "[pool]") {
  LatestNeed need;
  const bool with_object = GENERATE(false, true);
  const auto work = [with_object](arena::MonotonicArena& a) {
    const arena::ArenaScope scope(a);
    a.Alloc(3000, 1);
    if (with_object) arena::Allocate<WithDestructor>(a);
  };
  CHECK(need.Of(work) >= 3000 + kOneBuffer);
  CHECK(need.Of([](arena::Arena& a) { a.Alloc(10, 1); }) == 10 + kOneBuffer);
  CHECK(need.pool().Stats().reused == 1);
}

TEST_CASE("what was freed before the end counts", "[pool]") {
  LatestNeed need;
  SECTION("by a scope") {
    CHECK(need.Of([](arena::MonotonicArena& a) {
      a.Alloc(100, 1);
      {
        const arena::ArenaScope scope(a);
        a.Alloc(2000, 1);
        arena::Allocate<WithDestructor>(a);
      }
      a.Alloc(50, 1);
    }) == arena::detail::AlignUp(2100, alignof(WithDestructor)) + sizeof(WithDestructor) + 32 +
              kOneBuffer);
  }
  SECTION("by a scope that took further buffers") {
    CHECK(need.Of([](arena::MonotonicArena& a) {
      const arena::ArenaScope scope(a);
      for (int i = 0; i < 20; ++i) a.Alloc(1000, 1);
    }) > 20'000);
  }
  SECTION("by Reset") {
    std::size_t records = 0;
    const std::size_t found = need.Of([&records](arena::MonotonicArena& a) {
      for (int i = 0; i < 10; ++i) arena::Allocate<WithDestructor>(a);
      records = a.Stats().records;
      a.Reset();
      a.Alloc(10, 1);
    });
    CHECK(records > 0);
    CHECK(found == 10 * sizeof(WithDestructor) + records + kOneBuffer);
  }
  SECTION("by Release") {
    CHECK(need.Of([](arena::Arena& a) {
      a.Alloc(2000, 1);
      arena::Allocate<WithDestructor>(a);
      a.Release();
    }) == 2000 + sizeof(WithDestructor) + 32 + 64);
  }
  SECTION("by TryResize") {
    CHECK(need.Of([](arena::Arena& a) {
      void* const block = a.Alloc(2000, 1);
      a.TryResize(block, 2000, 0);
      a.Alloc(10, 1);
    }) == 2000 + kOneBuffer);
  }
  SECTION("by a constructor that threw") {
    struct Throws {
      char bytes[2000];
      Throws() : bytes{} { throw 1; }
    };
    CHECK(need.Of([](arena::Arena& a) {
      try {
        arena::Allocate<Throws>(a);
      } catch (int) {
      }
    }) == 2000 + kOneBuffer);
  }
}

TEST_CASE("what cleanups allocate at the end of the lease counts", "[pool]") {
  LatestNeed need;
  CHECK(need.Of([](arena::Arena& a) { arena::Defer(a, [&a] { a.Alloc(1000, 1); }); }) >=
        1000 + kOneBuffer);
}

TEST_CASE("an allocation that failed does not count", "[pool]") {
  LatestNeed need;
  CHECK(need.Of([](arena::Arena& a) {
    a.Alloc(10, 1);
    CHECK(a.TryAlloc(SIZE_MAX / 2, 1) == nullptr);
  }) == 10 + kOneBuffer);
}

TEST_CASE("needs of one key say nothing about another", "[pool]") {
  arena::ArenaPool pool;
  for (int i = 0; i < 100; ++i) {
    const arena::ArenaLease large = pool.Acquire(1);
    large->Alloc(1'000'000);
    const arena::ArenaLease small = pool.Acquire(2);
    small->Alloc(100);
  }
  CHECK(pool.Stats(1)->prediction > 1'000'000);
  CHECK(pool.Stats(2)->prediction < 300);
  CHECK(pool.Stats(1)->returned == 100);
  CHECK(pool.Stats(2)->returned == 100);
  CHECK(pool.Stats(2)->open == 0);
}

TEST_CASE("a buffer of the size that a lease needed suffices for the same again", "[pool]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
  CAPTURE(seed);
  arena_test::Random random(seed);
  for (int load = 0; load < 100; ++load) {
    LatestNeed need;
    std::vector<std::size_t> steps(1 + random() % 400);
    for (std::size_t& step : steps) step = random();
    const auto work = [&steps](arena::MonotonicArena& a) {
      for (const std::size_t step : steps) {
        if (step % 5 == 0) {
          arena::Allocate<WithDestructor>(a);
        } else {
          a.Alloc(1 + (step >> 8) % 300, std::size_t{1} << ((step >> 24) % 5));
        }
      }
    };
    const std::size_t needed = need.Of(work);
    arena::MonotonicArena one({.min_buffer_size = needed});
    work(one);
    REQUIRE(one.Stats().buffers == 1);
    std::size_t buffers = 0;
    need.Of([&](arena::MonotonicArena& a) {
      work(a);
      buffers = a.Stats().buffers;
    });
    REQUIRE(buffers == 1);
  }
}
