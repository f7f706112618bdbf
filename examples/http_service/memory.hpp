// SPDX-License-Identifier: Apache-2.0
//
// Where requests live: each leases an arena from a pool; pool and connections share a budget.
#ifndef HTTP_SERVICE_MEMORY_HPP
#define HTTP_SERVICE_MEMORY_HPP

#include <algorithm>
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <arena/containers.hpp>
#include <arena/guard.hpp>
#include <arena/page_resource.hpp>
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
  // there is no memory for its request. Arenas that wait for a request go first. Some requests get
  // memory where a pointer that is used too late ends the program, with a report that has the name.
  ServiceMemory(const Options& options, std::size_t connection_bytes)
      : process_({.name = "process", .limit = options.memory_limit, .upstream = &pages_}),
        connections_({.name = "connections",
                      .limit = std::min(options.max_connections * connection_bytes,
                                        options.memory_limit / 4),
                      .parent = &process_}),
        requests_({.name = "requests",
                   .limit = options.memory_limit - connections_.Limit(),
                   .on_pressure = [this](auto&, auto) { return pool_.ShrinkTo(0), true; },
                   .parent = &process_}),
        pool_({.max_idle_bytes = 16 * kMiB,
               .max_lease_bytes = options.max_request_memory,
               .upstream = &requests_,
               .guard_one_in = options.guard_one_in,
               .key_name = NameOf}) {
    if (options.guard_one_in != 0) arena::GuardResource::InstallFaultHandler();
  }

  std::pmr::memory_resource& connections() noexcept { return connections_; }
  arena::ArenaPool& pool() noexcept { return pool_; }
  void WriteBudgets(std::ostream& out) const { arena::WriteOpenMetrics(out, process_); }

  // Calls add(name, type, value) for each figure.
  template <class Add>
  void ForEachFigure(Add add) const {
    const arena::ArenaPoolStats stats = pool_.Stats();
    add("pool_leases", "counter", stats.leases);
    add("pool_reused", "counter", stats.reused);
    add("pool_guarded", "counter", stats.guarded);
    add("pool_open", "gauge", stats.open);
    add("pool_idle_bytes", "gauge", stats.idle_bytes);
  }

 private:
  arena::PageResource pages_;
  arena::Budget process_;
  arena::Budget connections_;
  arena::Budget requests_;
  arena::ArenaPool pool_;
};

// The memory of a request's head, which is a part of the connection: one that waits leases nothing.
class HeadMemory {
 public:
  explicit HeadMemory(ServiceMemory& service)
      : arena_({.min_buffer_size = 4096, .retain = 0, .upstream = &service.connections()}) {}

  Allocator<char> allocator() noexcept { return arena_; }
  void Reset() noexcept { arena_.Reset(); }

 private:
  arena::InlineArena<4096> arena_;
};

// The memory of one request: an arena sized by what requests of this kind needed so far, or by the
// body that is to come. The worker's next request finds it warm in the cache of its core.
class RequestMemory {
 public:
  RequestMemory(ServiceMemory& service, std::uint64_t kind, std::size_t body_bytes)
      : lease_(service.pool().Acquire(kind, body_bytes)), json_(*lease_) {}

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
