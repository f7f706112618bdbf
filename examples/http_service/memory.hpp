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
template <class Key, class T>
using Map = arena::Map<Key, T>;

// Boost.JSON takes a memory resource of its own kind.
class JsonMemory final : public boost::json::memory_resource {
 public:
  explicit JsonMemory(arena::Arena& arena) noexcept : arena_(arena) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    return arena_.Alloc(size, alignment);
  }
  // Frees nothing; a sanitizer hears that the block is not used any more.
  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    Allocator<std::byte>(arena_).deallocate(static_cast<std::byte*>(block), size);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  arena::Arena& arena_;
};

// What a kind of request is called.
using NameOfKind = std::string_view(std::uint64_t kind) noexcept;

// The memory of the whole service, for all its threads.
class ServiceMemory {
 public:
  static constexpr const char* kName = "arena";

  // A part of the limit is kept for connections, so that a client gets an answer, if only that
  // there is no memory for its request. Arenas that wait for a request go first. Some requests get
  // memory where a pointer that is used too late ends the program, with a report that has the name.
  ServiceMemory(const Options& options, std::size_t connection_bytes, NameOfKind* name_of)
      : process_({.name = "process", .limit = options.memory_limit, .upstream = &pages_}),
        connections_({.name = "connections",
                      .limit = std::min(options.max_connections * connection_bytes,
                                        options.memory_limit / 4),
                      .parent = &process_}),
        requests_({.name = "requests",
                   .limit = options.memory_limit - connections_.Limit(),
                   .on_pressure =
                       [this](arena::Budget&, std::size_t) {
                         pool_.ShrinkTo(0);
                         return true;
                       },
                   .parent = &process_}),
        pool_({.max_idle_bytes = std::size_t{16} << 20,
               .max_lease_bytes = options.max_request_memory,
               .upstream = &requests_,
               .guard_one_in = options.guard_one_in,
               .key_name = name_of}) {
    if (options.guard_one_in != 0) arena::GuardResource::InstallFaultHandler();
  }

  std::pmr::memory_resource& connections() noexcept { return connections_; }
  arena::ArenaPool& pool() noexcept { return pool_; }
  void WriteBudgets(std::ostream& out) const { arena::WriteOpenMetrics(out, process_); }

  // Calls add(group, name, type, help, value) for each figure.
  template <class Add>
  void ForEachFigure(Add add) const {
    const arena::ArenaPoolStats stats = pool_.Stats();
    add("pool", "leases", "counter", "Arenas leased so far.", stats.leases);
    add("pool", "reused", "counter", "Leases that found an arena.", stats.reused);
    add("pool", "returned", "counter", "Leases that have ended.", stats.returned);
    add("pool", "single_buffer", "counter", "Of these, in one buffer.", stats.single_buffer);
    add("pool", "guarded", "counter", "Leases whose late uses trap.", stats.guarded);
    add("pool", "evicted", "counter", "Arenas freed.", stats.evicted);
    add("pool", "offered_bytes", "counter", "Offered to the kernel.", stats.offered_bytes);
    add("pool", "open", "gauge", "Leases that have not ended.", stats.open);
    add("pool", "idle", "gauge", "Arenas that wait for a lease.", stats.idle);
    add("pool", "idle_bytes", "gauge", "Bytes that they hold.", stats.idle_bytes);
  }
  // The same for the requests of one kind.
  template <class Add>
  void ForEachFigureOf(std::uint64_t kind, Add add) const {
    const auto stats = pool_.Stats(kind);
    if (!stats) return;
    add("arenas", "returned", "counter", "Leases that have ended.", stats->returned);
    add("arenas", "single_buffer", "counter", "Of these, in one buffer.", stats->single_buffer);
    add("arenas", "open", "gauge", "Leases that have not ended.", stats->open);
    add("arenas", "prediction_bytes", "gauge", "Size of the next lease.", stats->prediction);
  }

 private:
  arena::PageResource pages_;
  arena::Budget process_;
  arena::Budget connections_;
  arena::Budget requests_;
  arena::ArenaPool pool_;
};

// The memory of one request: an arena sized by what requests of this kind needed so far, or by the
// body that is to come. It is leased and returned by the thread of one worker, whose next request
// finds it warm in the cache of its core.
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
