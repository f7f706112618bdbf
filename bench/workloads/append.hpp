// SPDX-License-Identifier: Apache-2.0
//
// A million ints, or a hundred million, appended one by one to an array that does not know how many
// will come.
#ifndef ARENA_BENCH_WORKLOADS_APPEND_HPP
#define ARENA_BENCH_WORKLOADS_APPEND_HPP

#include <cstddef>
#include <optional>
#include <vector>

#include "../support/cases.hpp"

namespace bench {

/// std::vector over the peer's allocator.
template <class P>
class IntVector {
 public:
  explicit IntVector(P& peer) : ints_(AllocatorOf<int>(peer)) {}
  void Append(int value) { ints_.push_back(value); }
  int* data() { return ints_.data(); }

 private:
  std::vector<int, decltype(AllocatorOf<int>(std::declval<P&>()))> ints_;
};

template <class P, class Array>
class Append {
 public:
  explicit Append(std::size_t count) : count_(count) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * sizeof(int); }
  std::size_t expected() const { return 2 * std::size_t{4} * (count_ + count_) + 64; }

  [[gnu::noinline]] void Fill(P& peer) {
    Array array(peer);
    for (std::size_t i = 0; i < count_; ++i) {
      array.Append(static_cast<int>(i));
      asm volatile("" : : : "memory");
    }
    Escape(array.data());
  }

  void Drop(P& peer) {
    if constexpr (Resets<P>) peer.Reset();
  }

 private:
  std::size_t count_;
};

template <class P>
void RegisterAppend() {
  constexpr std::size_t kCount = 1'000'000;
  if constexpr (requires { typename P::IntArray; }) {
    WarmCase<P, Append<P, typename P::IntArray>>("append/ints", kCount);
  } else {
    WarmCase<P, Append<P, IntVector<P>>>("append/ints", kCount);
  }
  WarmCase<P, Append<P, IntVector<P>>>("append/vector", kCount);
}

/// A hundred million, in memory that the process never had: 400 MB, and what growing takes.
template <class P>
void RegisterLargeAppend() {
  Case("append/ints_1e8", Memory::kCold, [](benchmark::State& state) {
    Figures figures;
    const auto run = [&]<class Array>() {
      Append<P, Array> work(100'000'000);
      figures = {work.ops(), work.requested()};
      for (auto _ : state) {
        P peer(work.expected());
        work.Fill(peer);
      }
    };
    if constexpr (requires { typename P::IntArray; }) {
      run.template operator()<typename P::IntArray>();
    } else {
      run.template operator()<IntVector<P>>();
    }
    return figures;
  })->Iterations(1);
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_APPEND_HPP
