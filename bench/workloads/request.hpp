// SPDX-License-Identifier: Apache-2.0
//
// A peer per request: made, filled with 200 KiB in small pieces, destroyed.
#ifndef ARENA_BENCH_WORKLOADS_REQUEST_HPP
#define ARENA_BENCH_WORKLOADS_REQUEST_HPP

#include <cstddef>
#include <optional>
#include <utility>

#include "../support/cases.hpp"
#include "../support/sizes.hpp"
#include "mixed.hpp"

namespace bench {

/// `serve(work)` does one request.
template <class L, class Serve>
void RequestCase(const char* name, Memory memory, Serve serve) {
  Case(name, memory, [serve](benchmark::State& state) {
    MixedRequest<L> work(RequestsOf(std::size_t{200} << 10, 16, 112));
    Figures figures{work.ops(), work.requested()};
    auto server = serve;
    for (auto _ : state) server(work);
    return figures;
  });
}

template <class P>
void RegisterRequest() {
  if constexpr (!ToldSize<P>) {
    RequestCase<P>("request/default", Memory::kCold, [](MixedRequest<P>& work) {
      P peer(0);
      work.Fill(peer);
      if constexpr (Frees<P>) work.Drop(peer);
    });
  }
  if constexpr (MadeForSize<P>) {
    RequestCase<P>("request/sized", Memory::kCold, [](MixedRequest<P>& work) {
      if constexpr (std::constructible_from<P, KnownSize>) {
        P peer(KnownSize{work.expected()});
        work.Fill(peer);
      } else {
        P peer(work.expected());
        work.Fill(peer);
      }
    });
  }
  if constexpr (requires { typename P::Pool; }) {
    using Lease = typename P::Pool::Lease;
    Case("request/pooled", Memory::kWarm, [](benchmark::State& state) {
      MixedRequest<Lease> work(RequestsOf(std::size_t{200} << 10, 16, 112));
      typename P::Pool pool;
      for (auto _ : state) {
        Lease lease(pool);
        work.Fill(lease);
      }
      return Figures{work.ops(), work.requested()};
    });
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_REQUEST_HPP
