// SPDX-License-Identifier: Apache-2.0
//
// After Reset and Reserve an arena holds at most three times what recent rounds used, and yet equal
// rounds call upstream no more.
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/figures.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

using arena_test::FiguresAgree;
using arena_test::LiesAt;

namespace {

// Knows which of its blocks an address lies in, and which blocks were used since StartRound.
class WatchingResource final : public std::pmr::memory_resource {
 public:
  std::size_t calls() const { return calls_; }
  std::size_t live() const { return live_; }
  std::size_t used() const { return used_; }

  void StartRound() {
    used_blocks_.clear();
    used_ = 0;
  }

  void Use(const void* pointer) {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    auto block = blocks_.upper_bound(address);
    REQUIRE(block != blocks_.begin());
    --block;
    REQUIRE(address < block->first + block->second);
    if (used_blocks_.insert(block->first).second) used_ += block->second;
  }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++calls_;
    live_ += bytes;
    void* const block = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    blocks_[reinterpret_cast<std::uintptr_t>(block)] = bytes;
    return block;
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    ++calls_;
    live_ -= bytes;
    blocks_.erase(reinterpret_cast<std::uintptr_t>(block));
    used_blocks_.erase(reinterpret_cast<std::uintptr_t>(block));
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::map<std::uintptr_t, std::size_t> blocks_;
  std::set<std::uintptr_t> used_blocks_;
  std::size_t calls_ = 0;
  std::size_t live_ = 0;
  std::size_t used_ = 0;
};

struct Step {
  enum { kAlloc, kReserve, kOpen, kClose } kind;
  std::size_t size;
  std::size_t alignment;
};

std::vector<Step> MakeRound(arena_test::Random& random, bool scopes, bool reserves) {
  std::vector<Step> round;
  // The first request fits every first chunk: what is promised about equal rounds starts there.
  round.push_back({Step::kAlloc, 1, 1});
  const std::size_t length = random() % 60 + 1;
  const std::size_t top = std::size_t{1} << (6 + random() % 12);
  std::size_t depth = 0;
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t size = random() % (random() % 8 == 0 ? 8 * top : top) + 1;
    const std::size_t dice = random() % 16;
    if (dice == 0 && scopes) {
      round.push_back({Step::kOpen, 0, 0});
      ++depth;
    } else if (dice == 1 && depth != 0) {
      round.push_back({Step::kClose, 0, 0});
      --depth;
    } else if (dice == 2 && reserves) {
      round.push_back({Step::kReserve, size, 0});
    } else {
      round.push_back({Step::kAlloc, size, std::size_t{1} << random() % 7});
    }
  }
  for (; depth != 0; --depth) round.push_back({Step::kClose, 0, 0});
  return round;
}

// Runs the steps from `first` to the end of the scope that they are in; returns the next one.
std::size_t Run(arena::MonotonicArena& a, WatchingResource& upstream,
                const std::vector<Step>& round, std::size_t first, std::vector<void*>* addresses) {
  for (std::size_t i = first; i < round.size(); ++i) {
    const Step& step = round[i];
    switch (step.kind) {
      case Step::kClose:
        return i;
      case Step::kOpen: {
        const arena::ArenaScope scope(a);
        i = Run(a, upstream, round, i + 1, addresses);
        break;
      }
      case Step::kReserve:
        a.Reserve(step.size);
        upstream.Use(a.Alloc(1, 1));
        break;
      case Step::kAlloc:
        addresses->push_back(a.Alloc(step.size, step.alignment));
        upstream.Use(addresses->back());
        break;
    }
  }
  return round.size();
}

}  // namespace

TEST_CASE("random rounds retain at most three times their use, and equal ones are quiet",
          "[places]") {
  for (const int kind : {0, 1, 2, 3}) {
    const bool scopes = (kind & 1) != 0, reserves = (kind & 2) != 0;
    for (std::size_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(scopes, reserves, seed);
      arena_test::Random random(seed);
      WatchingResource upstream;
      const std::size_t min = std::size_t{64} << random() % 8;
      arena::MonotonicArena a({.min_buffer_size = min,
                               .initial_buffer_count = 1 + random() % 3,
                               .max_buffer_size = min << random() % 6,
                               .upstream = &upstream});
      const std::size_t initial = upstream.live();
      std::size_t recent = 0;
      const auto reset = [&] {
        recent = std::max(upstream.used(), recent - recent / 8);
        a.Reset();
        REQUIRE(upstream.live() <= std::max(initial, 4 * recent));
        REQUIRE(a.Cap() <= std::max(initial, 3 * recent));
        REQUIRE(FiguresAgree(a));
      };
      for (int i = 0; i < 40; ++i) {
        const std::vector<Step> round = MakeRound(random, scopes, reserves);
        std::vector<void*> before;
        for (int repetition = 0; repetition < 4; ++repetition) {
          CAPTURE(i, repetition);
          const std::size_t calls = upstream.calls();
          std::vector<void*> addresses;
          upstream.StartRound();
          Run(a, upstream, round, 0, &addresses);
          // A scope that is entered twice in a round may find another order of the chunks the second time.
          if (repetition > (scopes ? 1 : 0)) REQUIRE(upstream.calls() == calls);
          if (repetition == 3) REQUIRE(addresses == before);
          before = addresses;
          reset();
        }
      }
    }
  }
}

TEST_CASE("Reserve of slowly growing sizes does not accumulate chunks") {
  arena::MonotonicArena a;
  std::size_t need = 0;
  for (std::size_t round = 0; round < 200; ++round) {
    need = (std::size_t{2} << 20) + round * 4096;
    a.Reserve(need);
    a.Alloc(need, 1);
    a.Reset();
    REQUIRE(a.Cap() <= 3 * (need + 32768));
  }
  // And within one round.
  for (std::size_t i = 0; i < 200; ++i) {
    need += 4096;
    a.Reserve(need);
    REQUIRE(a.Cap() <= 3 * (need + 32768));
  }
}

TEST_CASE("a large round is forgotten by the small ones that follow") {
  arena::MonotonicArena a;
  for (int i = 0; i < 10'000; ++i) a.Alloc(1000, 1);
  a.Alloc(5'000'000, 1);
  const std::size_t large = a.Cap();
  a.Reset();
  CHECK(a.Cap() == large);
  for (int round = 0; round < 100; ++round) {
    a.Alloc(20'000, 1);
    a.Reset();
  }
  CHECK(a.Cap() <= 3 * 32768);
}

TEST_CASE("oversized chunks that a round gave up count for its use while it has them", "[places]") {
  // After a loop that never holds more than one, a large round is forgotten as soon as without it.
  const auto rounds_until_forgotten = [](bool loop) {
    constexpr std::size_t kLarge = std::size_t{1} << 20;
    arena::MonotonicArena a;
    for (int i = 0; loop && i < 64; ++i) {
      {
        const arena::ArenaScope scope(a);
        a.Alloc(kLarge);
      }
      a.ShrinkTo(0);
    }
    a.Reset();
    for (int i = 0; i < 8; ++i) a.Alloc(kLarge);
    a.Reset();
    int rounds = 0;
    for (; a.Cap() > 3 * kLarge; ++rounds) {
      a.Alloc(16);
      a.Reset();
    }
    return rounds;
  };
  CHECK(rounds_until_forgotten(true) == rounds_until_forgotten(false));
}

TEST_CASE("no chunk is freed below three times what the rounds use") {
  constexpr std::size_t kChunk = 1000;
  constexpr std::size_t kUsed = 20;
  arena::MonotonicArena a({.min_buffer_size = kChunk, .max_buffer_size = 0});
  const auto fill = [&a](std::size_t chunks) {
    for (std::size_t i = 0; i < chunks; ++i) {
      a.Alloc(kChunk - arena::detail::kRedzone, 1);
    }
  };
  fill(300);
  a.Reset();
  REQUIRE(a.Cap() == 300 * kChunk);
  for (int round = 0; round < 100; ++round) {
    fill(kUsed);
    a.Reset();
    REQUIRE(a.Cap() > (3 * kUsed - 1) * kChunk);
  }
  CHECK(a.Cap() <= 3 * kUsed * kChunk);
}

TEST_CASE("a few small rounds do not free what the large round after them needs") {
  WatchingResource upstream;
  arena::MonotonicArena a({.upstream = &upstream});
  const auto large_round = [&a] {
    for (int i = 0; i < 1000; ++i) a.Alloc(1000, 1);
    a.Alloc(5'000'000, 1);
    a.Reset();
  };
  large_round();
  const std::size_t calls = upstream.calls();
  for (int round = 0; round < 20; ++round) {
    for (int small = 0; small < 3; ++small) {
      a.Alloc(20'000, 1);
      a.Reset();
    }
    large_round();
    REQUIRE(upstream.calls() == calls);
  }
}

TEST_CASE("the chunks that the window reached in a scope are there for the next round") {
  WatchingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1000, .max_buffer_size = 0, .upstream = &upstream});
  std::size_t calls = 0;
  for (int round = 0; round < 50; ++round) {
    a.Alloc(1, 1);
    {
      const arena::ArenaScope scope(a);
      for (int i = 0; i < 50; ++i) a.Alloc(1000, 1);
    }
    a.Reset();
    if (round == 0) calls = upstream.calls();
    REQUIRE(upstream.calls() == calls);
  }
}

TEST_CASE("an oversized chunk that scopes of one round take again and again counts once") {
  arena::MonotonicArena a;
  a.Alloc(5'000'000, 1);
  a.Reset();
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 200; ++i) {
      const arena::ArenaScope scope(a);
      a.Alloc(40'000, 1);
    }
    a.Reset();
  }
  CHECK(a.Cap() <= 3 * (32768 + 2 * 40'000));
}

TEST_CASE("the chunk in which the rounds start stays, also while they pass it by") {
  arena::MonotonicArena a({.min_buffer_size = 200, .initial_buffer_count = 1});
  void* const first = a.Alloc(1, 1);
  a.Reset();
  for (int i = 0; i < 100; ++i) a.Alloc(1000, 1);
  a.Reset();
  const std::size_t large = a.Cap();
  for (int round = 0; round < 100; ++round) {
    a.Reserve(1000);
    a.Alloc(1000, 1);
    a.Reset();
  }
  CHECK(a.Cap() < large / 2);
  CHECK(LiesAt(a.Alloc(1, 1), first));
}

TEST_CASE("what the options hold at first is retained through any number of small rounds") {
  arena::MonotonicArena a({.min_buffer_size = 1000, .initial_buffer_count = 50});
  for (int round = 0; round < 100; ++round) {
    a.Alloc(10, 1);
    a.Reset();
  }
  CHECK(a.Cap() == 50'000);
}

TEST_CASE("oversized requests of random sizes retain a small multiple of the largest") {
  arena::MonotonicArena a({.min_buffer_size = 1024, .max_buffer_size = 1024});
  arena_test::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    a.Alloc(random() % (1 << 20) + 1, 1);
    a.Reset();
    REQUIRE(a.Cap() <= 3 * ((1 << 20) + 1024));
  }
}
