// SPDX-License-Identifier: Apache-2.0
//
// Where requests live: their bodies and handlers lease arenas; these and connections have budgets.
#ifndef HTTP_SERVICE_MEMORY_HPP
#define HTTP_SERVICE_MEMORY_HPP

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <arena/containers.hpp>
#include <arena/guard.hpp>
#include <arena/pool.hpp>
#include <boost/json.hpp>

#include "options.hpp"

namespace service {

template <class T>
using Allocator = arena::Allocator<T>;
using String = arena::String;
template <class T>
using Vector = arena::Vector<T>;

// Boost.JSON takes a memory resource of its own kind.
class JsonMemory final : public boost::json::memory_resource {
 public:
  explicit JsonMemory(arena::Arena& arena) noexcept : arena_(arena) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    return arena_.Alloc(size, alignment);
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  arena::Arena& arena_;
};

// What a kind of request is called.
inline std::string_view NameOf(std::uint64_t kind) noexcept;

// The memory of the whole service, for all its threads.
class ServiceMemory {
 public:
  // A part of the limit is kept for connections, so that a client gets an answer, if only that
  // there is no memory for its request. Bodies get at most three quarters of the rest: those of
  // slow clients pile up, but there is a quarter for handlers, one at a time in each thread.
  ServiceMemory(const Options& o, std::size_t connection_bytes)
      : process_({.name = "process", .limit = o.memory_limit, .upstream = &pages_}),
        connections_({.name = "connections",
                      .limit = std::min(o.max_connections * connection_bytes, o.memory_limit / 4),
                      .parent = &process_}),
        requests_({.name = "requests",
                   .limit = o.memory_limit - connections_.Limit(),
                   .on_pressure =
                       [this](auto&, auto) {
                         return body_pool_.ShrinkTo(0), handler_pool_.ShrinkTo(0), true;
                       },
                   .parent = &process_}),
        bodies_({.name = "bodies",
                 .limit = requests_.Limit() / 4 * 3,
                 .on_pressure = [this](auto&, auto) { return body_pool_.ShrinkTo(0), true; },
                 .parent = &requests_}),
        body_pool_(PoolOptions(o, bodies_)),
        handler_pool_(PoolOptions(o, requests_)) {
    if (o.guard_one_in != 0) arena::GuardResource::InstallFaultHandler();
  }

  std::pmr::memory_resource& connections() noexcept { return connections_; }
  arena::ArenaPool& body_pool() noexcept { return body_pool_; }
  arena::ArenaPool& handler_pool() noexcept { return handler_pool_; }
  void WriteBudgets(std::ostream& out) const { arena::WriteOpenMetrics(out, process_); }

  // Calls add(name, type, value) for each figure.
  template <class Add>
  void ForEachFigure(Add add) const {
    const arena::ArenaPoolStats a = body_pool_.Stats(), b = handler_pool_.Stats();
    add("pool_leases", "counter", a.leases + b.leases);
    add("pool_reused", "counter", a.reused + b.reused);
    add("pool_guarded", "counter", a.guarded + b.guarded);
    add("pool_open", "gauge", a.open + b.open);
    add("pool_idle_bytes", "gauge", a.idle_bytes + b.idle_bytes);
  }

 private:
  // Some leases get memory that traps pointers which are used too late, and reports the route.
  static arena::ArenaPoolOptions PoolOptions(const Options& o, arena::Budget& budget) noexcept {
    return {.max_idle_bytes = 8 * kMiB,
            .max_lease_bytes = o.max_request_memory,
            .upstream = &budget,
            .guard_one_in = o.guard_one_in,
            .key_name = NameOf};
  }

  arena::PageResource pages_;
  arena::Budget process_;
  arena::Budget connections_;
  arena::Budget requests_;
  arena::Budget bodies_;
  arena::ArenaPool body_pool_;
  arena::ArenaPool handler_pool_;
};

// The memory of a request's head, which is a part of the connection: one that waits leases nothing.
// A connection with a head of more than 2 KiB keeps a page more.
class HeadMemory {
 public:
  explicit HeadMemory(ServiceMemory& service)
      : arena_({.min_buffer_size = 4000, .retain = 8192, .upstream = &service.connections()}) {}

  Allocator<char> allocator() noexcept { return arena_; }
  void Reset() noexcept { arena_.Reset(); }

 private:
  arena::InlineArena<2048> arena_;
};

// The memory of a request's body: an arena that has room for `bytes` of it before it comes. With 0
// there is no body, and the memory of the head will do.
struct BodyMemory {
  BodyMemory(ServiceMemory& service, std::uint64_t kind, std::size_t bytes, Allocator<char> head)
      : lease(bytes != 0 ? service.body_pool().Acquire(kind, bytes) : arena::ArenaLease()),
        allocator(bytes != 0 ? *lease : head) {}

  const arena::ArenaLease lease;
  const Allocator<char> allocator;
};

// The memory of a handler and its answer: an arena sized by what requests of this kind needed so
// far, whatever their bodies. The worker's next one finds it warm in the cache of its core.
class RequestMemory {
 public:
  RequestMemory(ServiceMemory& service, std::uint64_t kind, std::size_t)
      : lease_(service.handler_pool().Acquire(kind)), json_(*lease_) {}

  Allocator<char> allocator() const noexcept { return *lease_; }
  boost::json::storage_ptr json() noexcept { return &json_; }

 private:
  arena::ArenaLease lease_;
  JsonMemory json_;
};

}  // namespace service

// Lets Boost.JSON skip the destruction of documents.
template <>
struct boost::json::is_deallocate_trivial<service::JsonMemory> : std::true_type {};

#endif  // HTTP_SERVICE_MEMORY_HPP
