// SPDX-License-Identifier: Apache-2.0
//
// A request's worth of allocations of mixed sizes and alignments, then all dropped.
#ifndef ARENA_BENCH_WORKLOADS_MIXED_HPP
#define ARENA_BENCH_WORKLOADS_MIXED_HPP

#include <cstddef>
#include <utility>
#include <vector>

#include "../support/cases.hpp"
#include "../support/sizes.hpp"

namespace bench {

/// Allocates the requests and writes the first byte of each.
template <class P>
class MixedRequest {
 public:
  explicit MixedRequest(std::vector<Request> requests)
      : requests_(std::move(requests)), kept_(Frees<P> ? requests_.size() : 0) {}

  std::size_t ops() const { return requests_.size(); }
  std::size_t requested() const { return TotalSize(requests_); }
  std::size_t expected() const { return TotalReach(requests_) + 64; }

  [[gnu::noinline]] void Fill(P& peer) {
    const std::size_t count = requests_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Request request = requests_[i];
      auto* const block = static_cast<char*>(peer.Alloc(request.size, request.alignment));
      *block = static_cast<char>(i);
      Escape(block);
      if constexpr (Frees<P>) kept_[i] = block;
    }
  }

  [[gnu::noinline]] void Drop(P& peer) {
    if constexpr (Frees<P>) {
      for (std::size_t i = 0; i < kept_.size(); ++i) {
        peer.Free(kept_[i], requests_[i].size, requests_[i].alignment);
      }
    } else {
      peer.Reset();
    }
  }

  template <class F>
  void ForEach(F f) const {
    for (void* block : kept_) f(block);
  }

 private:
  std::vector<Request> requests_;
  std::vector<void*> kept_;  // by those who free each block
};

template <class P>
void RegisterMixed() {
  constexpr std::size_t kCount = 1000;
  WarmCase<P, MixedRequest<P>>("mixed/align16", MixedRequests(kCount, 1, 512, 16));
  if constexpr (MaxAlignment<P>() >= 64) {
    WarmCase<P, MixedRequest<P>>("mixed/align64", MixedRequests(kCount, 1, 512, 64));
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_MIXED_HPP
