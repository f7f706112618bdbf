// SPDX-License-Identifier: Apache-2.0
//
// Rounds: several threads allocate, resize, register and keep arenas of their own over the shared
// one; at a barrier each looks at what it wrote; at the next one of them resets or releases.
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/interleaving.hpp"
#include "support/lifetime.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

namespace {

constexpr std::size_t kStressThreads = 4;
constexpr std::size_t kStressRounds = 24;
constexpr std::size_t kStressSteps = 120;

using arena_test::Tracked;

struct StressTotals {
  std::atomic<std::size_t> deferred{0};
  std::atomic<std::size_t> calls{0};
  std::atomic<std::size_t> bytes{0};  // alive in this round
  std::atomic<std::size_t> objects{0};
  std::atomic<std::size_t> wrong{0};
};

// One thread's part of a round.
class StressWorker {
 public:
  StressWorker(arena::Arena& shared, StressTotals& totals, std::size_t seed)
      : shared_(shared), totals_(totals), random_(seed), own_(std::in_place, Options(shared)) {}

  void Allocate() {
    for (std::size_t i = 0; i < kStressSteps; ++i) Step();
  }

  // Everything is as this thread wrote it.
  void Verify() {
    for (const Block& block : blocks_) {
      if (!arena_test::StillHolds(block.data, block.size, block.seed)) ++totals_.wrong;
    }
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] != std::string(30, static_cast<char>('a' + i % 26))) ++totals_.wrong;
    }
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      if (numbers_[i] != i) ++totals_.wrong;
    }
  }

  // What lies in the thread's own arena dies here, before the shared memory goes.
  void End() {
    blocks_.clear();
    words_ = {};
    numbers_ = {};
    own_.reset();
  }
  void Begin() { own_.emplace(Options(shared_)); }

 private:
  struct Block {
    void* data;
    std::size_t size;
    std::size_t seed;
  };

  static arena::MonotonicArenaOptions Options(arena::Arena& shared) {
    return {.min_buffer_size = 512, .initial_buffer_count = 0, .upstream = &shared};
  }

  void Step() {
    arena::Arena& a = random_() % 2 == 0 ? shared_ : static_cast<arena::Arena&>(*own_);
    switch (random_() % 6) {
      case 0:
      case 1: {
        const std::size_t size = 1 + random_() % 300;
        Add(a.Alloc(size, std::size_t{1} << random_() % 7), size);
        break;
      }
      case 2: {  // in place, if it is still the last one
        std::size_t size = 1 + random_() % 100;
        void* const data = a.Alloc(size, 1);
        const std::size_t other = 1 + random_() % 100;
        if (a.TryResize(data, size, other)) size = other;
        Add(data, size);
        break;
      }
      case 3:
        arena::Allocate<Tracked>(a, 1);
        totals_.objects += &a == &shared_ ? 1 : 0;
        break;
      case 4:
        arena::Defer(a, [calls = &totals_.calls] { ++*calls; });
        ++totals_.deferred;
        break;
      default:
        words_ = arena::SliceAppend(shared_, std::move(words_),
                                    std::string(30, static_cast<char>('a' + words_.size() % 26)));
        numbers_ = arena::SliceAppend(a, numbers_, numbers_.size());
        break;
    }
  }

  void Add(void* data, std::size_t size) {
    const std::size_t seed = random_();
    arena_test::Fill(data, size, seed);
    blocks_.push_back({data, size, seed});
    totals_.bytes += size;
  }

  arena::Arena& shared_;
  StressTotals& totals_;
  arena_test::Random random_;
  std::optional<arena::MonotonicArena> own_;
  std::vector<Block> blocks_;
  arena::Slice<std::string> words_;
  arena::Slice<std::size_t> numbers_;
};

}  // namespace

TEST_CASE("rounds of several threads, reset by one of them at a barrier", "[threads]") {
  arena_test::CheckingResource upstream({.fill = false});
  arena_test::LifetimeLog log;
  StressTotals totals;
  {
    arena::MonotonicArena base({.min_buffer_size = 2048, .upstream = &upstream});
    arena::ConcurrentArena shared(base);
    arena_test::MeetingPoint barrier(kStressThreads);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kStressThreads; ++t) {
      threads.emplace_back([&, t] {
        StressWorker worker(shared, totals, t);
        for (std::size_t round = 0; round < kStressRounds; ++round) {
          worker.Allocate();
          barrier.Meet();
          worker.Verify();
          // What the threads' own arenas hold is in the shared figure as whole buffers.
          if (shared.Len() < totals.bytes || shared.Cap() < shared.Len()) ++totals.wrong;
          worker.End();
          barrier.Meet();
          if (t == round % kStressThreads) {
            // Of the shared arena's own objects none has died, of the others all have.
            if (log.Live() != totals.objects) ++totals.wrong;
            round % 3 == 0 ? shared.Release() : shared.Reset();
            if (totals.calls != totals.deferred || log.Live() != 0 || shared.Len() != 0) {
              ++totals.wrong;
            }
            if (base.Stats().records != 0) ++totals.wrong;
            totals.bytes = 0;
            totals.objects = 0;
          }
          barrier.Meet();
          worker.Begin();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(shared.Len() == 0);
    CHECK(totals.deferred > kStressThreads * kStressRounds);
    CHECK(totals.calls == totals.deferred);
  }
  CHECK(totals.wrong == 0);
  CHECK(log.Check().empty());
  CHECK(upstream.Check().empty());
}
