// SPDX-License-Identifier: Apache-2.0
//
// This library, its chunks charged to a tenant's budget and that of the process: what budgets cost a
// request. The peer arena is the same without them.
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <arena/page_resource.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>

#include "../support/counting_resource.hpp"
#include "../workloads/all.hpp"

namespace {

struct Budgets {
  explicit Budgets(std::pmr::memory_resource* upstream)
      : process({.name = "process", .limit = std::size_t{4} << 30, .upstream = upstream}),
        tenant({.name = "tenant", .limit = std::size_t{1} << 30, .parent = &process}) {}

  arena::Budget process;
  arena::Budget tenant;
};

class Peer {
 public:
  explicit Peer(std::size_t) {}
  explicit Peer(bench::KnownSize known)
      : arena_({.min_buffer_size = known.bytes, .upstream = &budgets_.tenant}) {}

  void* Alloc(std::size_t size, std::size_t alignment) { return arena_.Alloc(size, alignment); }
  void Reset() { arena_.Reset(); }

  class Pool {
   public:
    class Lease {
     public:
      explicit Lease(Pool& pool, std::uint64_t key = 0) : lease_(pool.pool_.Acquire(key)) {}
      void* Alloc(std::size_t size, std::size_t alignment) {
        return lease_->Alloc(size, alignment);
      }

     private:
      arena::ArenaLease lease_;
    };

   private:
    arena::PageResource pages_;
    Budgets budgets_{&pages_};
    arena::ArenaPool pool_{{.upstream = &budgets_.tenant}};
  };

 private:
  static inline Budgets budgets_{std::pmr::new_delete_resource()};  // of all threads

  arena::MonotonicArena arena_{{.upstream = &budgets_.tenant}};
};

}  // namespace

void bench::RegisterPeer() {
  bench::RegisterRequest<Peer>();
  bench::RegisterLease<Peer>();
}
