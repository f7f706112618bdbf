// SPDX-License-Identifier: Apache-2.0
//
// Every workload that a peer can serve.
#ifndef ARENA_BENCH_WORKLOADS_ALL_HPP
#define ARENA_BENCH_WORKLOADS_ALL_HPP

#include "../support/peer.hpp"
#include "aged.hpp"
#include "append.hpp"
#include "bytes.hpp"
#include "cold.hpp"
#include "coroutines.hpp"
#include "document.hpp"
#include "lease.hpp"
#include "mixed.hpp"
#include "nodes.hpp"
#include "objects.hpp"
#include "request.hpp"
#include "small.hpp"
#include "threads.hpp"

namespace bench {

template <class P>
void RegisterAll() {
  RegisterCold<P>();
  RegisterSmall<P>();
  RegisterMixed<P>();
  RegisterNodes<P>();
  RegisterDocument<P>();
  if constexpr (ServesAnySize<P>()) RegisterAppend<P>();
  RegisterObjects<P>();
  RegisterThreads<P>();
  RegisterLease<P>();
  RegisterRequest<P>();
  if constexpr (requires { typename P::ByteBuffer; }) RegisterBytes<typename P::ByteBuffer>();
  if constexpr (requires { typename P::Coroutines; }) RegisterCoroutines<typename P::Coroutines>();
  RegisterAged<P>();
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_ALL_HPP
