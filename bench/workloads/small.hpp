// SPDX-License-Identifier: Apache-2.0
//
// Small objects of one size, the first word of each written, then all dropped.
#ifndef ARENA_BENCH_WORKLOADS_SMALL_HPP
#define ARENA_BENCH_WORKLOADS_SMALL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../support/cases.hpp"

namespace bench {

template <std::size_t kSize>
struct Small {
  std::int64_t words[kSize / 8];
};

template <class P, std::size_t kSize>
class SmallObjects {
 public:
  explicit SmallObjects(std::size_t count) : count_(count), kept_(Frees<P> ? count : 0) {}

  std::size_t ops() const { return count_; }
  std::size_t requested() const { return count_ * kSize; }
  std::size_t expected() const { return requested() + 64; }

  [[gnu::noinline]] void Fill(P& peer) {
    for (std::size_t i = 0; i < count_; ++i) {
      auto* const object = New<Small<kSize>>(peer);
      object->words[0] = static_cast<std::int64_t>(i);
      Escape(object);
      if constexpr (Frees<P>) kept_[i] = object;
    }
  }

  [[gnu::noinline]] void Drop(P& peer) {
    if constexpr (Frees<P>) {
      for (Small<kSize>* object : kept_) Delete(peer, object);
    } else if constexpr (Resets<P>) {
      peer.Reset();
    }
  }

  template <class F>
  void ForEach(F f) const {
    for (void* block : kept_) f(block);
  }

 private:
  std::size_t count_;
  std::vector<Small<kSize>*> kept_;  // by those who free each object
};

template <class P, std::size_t kSize>
void RegisterSmallOf(const std::string& prefix) {
  const std::string name = prefix + "/" + std::to_string(kSize) + "B";
  WarmCase<P, SmallObjects<P, kSize>>(name + "/10k", std::size_t{10'000});
  WarmCase<P, SmallObjects<P, kSize>>(name + "/1M", std::size_t{1'000'000});
}

template <class P>
void RegisterSmall() {
  RegisterSmallOf<P, 8>("small");
  RegisterSmallOf<P, 16>("small");
  RegisterSmallOf<P, 24>("small");
  RegisterSmallOf<P, 64>("small");
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_SMALL_HPP
