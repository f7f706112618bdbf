// SPDX-License-Identifier: Apache-2.0
//
// Threads lease from one pool at the same time: an operation is a lease and its return, all of them
// warm. Beside it what one does without a pool, a new peer for each request. A name ends in the
// number of threads; the wall clock counts.
#ifndef ARENA_BENCH_WORKLOADS_LEASE_HPP
#define ARENA_BENCH_WORKLOADS_LEASE_HPP

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../support/cases.hpp"
#include "../support/cpus.hpp"
#include "../support/thread_team.hpp"
#include "small.hpp"

namespace bench {

/// A case of threads that each do `make_work(threads)(team, thread)` in a round, which is `ops`
/// operations.
template <class MakeWork>
void TeamCase(const std::string& name, std::size_t ops, MakeWork make_work) {
  for (const std::size_t threads : ThreadCounts()) {
    Case(name + "/" + std::to_string(threads), Memory::kWarm,
         [threads, ops, make_work](benchmark::State& state) {
           auto work = make_work(threads);
           ThreadTeam team(threads, std::ref(work));
           team.Round();
           for (auto _ : state) team.Round();
           return Figures{threads * ops};
         })
        ->UseRealTime();
  }
}

/// `key_of(thread, i)`: of a thread's i-th lease.
template <class Pool, class KeyOf>
void LeaseCase(const std::string& name, KeyOf key_of) {
  static constexpr std::size_t kLeases = 20'000;
  TeamCase(name, kLeases, [key_of](std::size_t) {
    return [key_of, pool = Pool()](ThreadTeam&, std::size_t thread) mutable {
      for (std::size_t i = 0; i < kLeases; ++i) {
        typename Pool::Lease lease(pool, key_of(thread, i));
        Escape(lease.Alloc(64, 8));
      }
    };
  });
}

/// Each thread makes leases that the next one ends.
template <class Pool>
class HandedOver {
 public:
  static constexpr std::size_t kLeases = 20'000;

  explicit HandedOver(std::size_t threads) : hands_(threads) {}

  void operator()(ThreadTeam& team, std::size_t thread) {
    std::vector<std::optional<Lease>>& from = hands_[(thread + 1) % hands_.size()].leases;
    for (std::size_t done = 0; done < kLeases; done += kAtOnce) {
      for (std::optional<Lease>& lease : hands_[thread].leases) {
        lease.emplace(pool_, thread);
        Escape(lease->Alloc(64, 8));
      }
      team.Meet();
      for (std::optional<Lease>& lease : from) lease.reset();
      team.Meet();
    }
  }

 private:
  using Lease = typename Pool::Lease;
  static constexpr std::size_t kAtOnce =
      200;  // few enough to stay warm, many enough to forget the meeting

  struct alignas(128) Hand {
    std::vector<std::optional<Lease>> leases = std::vector<std::optional<Lease>>(kAtOnce);
  };

  Pool pool_;
  std::vector<Hand> hands_;
};

// Of a round, for each thread, with so many objects of 64 bytes in each.
inline constexpr std::size_t kRequests = 1'000;
inline constexpr std::size_t kRequestObjects = 100;

template <class P>
void RegisterLease() {
  if constexpr (requires { typename P::Pool; }) {
    using Pool = typename P::Pool;
    using Lease = typename Pool::Lease;
    LeaseCase<Pool>("lease/one_key", [](std::size_t, std::size_t) { return 0u; });
    LeaseCase<Pool>("lease/own_keys", [](std::size_t thread, std::size_t) { return thread; });
    LeaseCase<Pool>("lease/64_keys",
                    [](std::size_t thread, std::size_t i) { return (thread * 7 + i) % 64; });
    TeamCase("lease/handed_over", HandedOver<Pool>::kLeases,
             [](std::size_t threads) { return HandedOver<Pool>(threads); });
    TeamCase("lease/100_objects", kRequests, [](std::size_t) {
      return [pool = Pool()](ThreadTeam&, std::size_t) mutable {
        SmallObjects<Lease, 64> work(kRequestObjects);
        for (std::size_t i = 0; i < kRequests; ++i) {
          Lease lease(pool, 0);
          work.Fill(lease);
        }
      };
    });
  }
  if constexpr (!ToldSize<P>) {
    TeamCase("lease/no_pool_100_objects", kRequests, [](std::size_t) {
      return [](ThreadTeam&, std::size_t) {
        SmallObjects<P, 64> work(kRequestObjects);
        for (std::size_t i = 0; i < kRequests; ++i) {
          P peer(0);
          work.Fill(peer);
          if constexpr (Frees<P>) work.Drop(peer);
        }
      };
    });
  }
}

}  // namespace bench

#endif  // ARENA_BENCH_WORKLOADS_LEASE_HPP
