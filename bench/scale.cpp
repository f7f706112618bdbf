// SPDX-License-Identifier: Apache-2.0
//
// What the library costs as an arena grows from one buffer to 100,000: all of it should be flat.
//
// A name ends in the number of buffers, of 1 KiB each.
#include <benchmark/benchmark.h>

#include <arena/arena.hpp>
#include <chrono>
#include <cstddef>
#include <string>

#include "support/cases.hpp"
#include "support/peer.hpp"

namespace {

constexpr std::size_t kBuffer = 1024;
constexpr std::size_t kPiece = 64;
constexpr std::size_t kCounts[] = {1, 10, 100, 1'000, 10'000, 100'000};

// An arena with that many buffers, all of them full.
class FullArena {
 public:
  explicit FullArena(std::size_t buffers) : pieces_(buffers * (kBuffer / kPiece)) { Fill(); }

  void Fill() {
    for (std::size_t i = 0; i < pieces_; ++i) bench::Escape(arena_.Alloc(kPiece, 8));
  }

  arena::MonotonicArena& arena() { return arena_; }
  std::size_t pieces() const { return pieces_; }

 private:
  arena::MonotonicArena arena_{{.min_buffer_size = kBuffer, .max_buffer_size = kBuffer}};
  std::size_t pieces_;
};

// One operation on an arena that is full, over and over.
template <class Operation>
void RegisterOperation(const char* name, Operation operation) {
  for (const std::size_t buffers : kCounts) {
    bench::Case(std::string("scale/") + name + "/" + std::to_string(buffers), bench::Memory::kWarm,
                [buffers, operation](benchmark::State& state) {
                  FullArena full(buffers);
                  for (auto _ : state) operation(full.arena());
                  return bench::Figures{1, full.pieces() * kPiece};
                });
  }
}

// All allocations of a round, with the Reset before them, in buffers that are kept.
void RegisterAllocations() {
  for (const std::size_t buffers : kCounts) {
    bench::Case("scale/alloc/" + std::to_string(buffers), bench::Memory::kWarm,
                [buffers](benchmark::State& state) {
                  FullArena full(buffers);
                  for (auto _ : state) {
                    full.arena().Reset();
                    full.Fill();
                  }
                  return bench::Figures{full.pieces(), full.pieces() * kPiece, full.arena().Cap()};
                });
  }
}

// Reset of a full arena, timed by itself: filling it again takes far longer.
void RegisterReset() {
  using Clock = std::chrono::steady_clock;
  for (const std::size_t buffers : kCounts) {
    bench::Case("scale/reset/" + std::to_string(buffers), bench::Memory::kWarm,
                [buffers](benchmark::State& state) {
                  FullArena full(buffers);
                  for (auto _ : state) {
                    const Clock::time_point start = Clock::now();
                    full.arena().Reset();
                    const Clock::time_point end = Clock::now();
                    state.SetIterationTime(std::chrono::duration<double>(end - start).count());
                    full.Fill();
                  }
                  return bench::Figures{1, full.pieces() * kPiece};
                })
        ->Iterations(50)
        ->UseManualTime();
  }
}

}  // namespace

void bench::RegisterPeer() {
  RegisterAllocations();
  RegisterReset();
  RegisterOperation("len", [](arena::MonotonicArena& arena) {
    bench::Escape(&arena);
    benchmark::DoNotOptimize(arena.Len());
  });
  RegisterOperation("peak", [](arena::MonotonicArena& arena) {
    bench::Escape(&arena);
    benchmark::DoNotOptimize(arena.Peak());
  });
  RegisterOperation("scope", [](arena::MonotonicArena& arena) {
    const arena::ArenaScope scope(arena);
    bench::Escape(arena.Alloc(kPiece, 8));
  });
}
