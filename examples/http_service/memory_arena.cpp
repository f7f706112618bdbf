// SPDX-License-Identifier: Apache-2.0
//
// --memory=arena: each request in an arena that it leases from a pool, the exchange object
// included. The lease ends with the exchange: nothing is freed piece by piece, no destructor has to
// run.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "exchange.hpp"
#include "exchange_in.hpp"
#include "json_memory.hpp"

namespace service {
namespace {

struct ArenaMemory {
  template <class T>
  using Allocator = arena::Allocator<T>;

  arena::Allocator<std::byte> allocator() const noexcept { return *arena; }
  boost::json::storage_ptr json() const noexcept { return json_memory; }

  arena::Arena* arena;
  JsonMemory<arena::Arena>* json_memory;
};

class ArenaExchange final : public ExchangeIn<ArenaMemory> {
 public:
  static ExchangePtr Begin(arena::ArenaLease lease, MemoryStrategy& strategy, ServiceStats& stats,
                           const RequestHead& head) {
    arena::MonotonicArena& a = *lease;
    const ArenaMemory memory{&a, arena::Allocate<JsonMemory<arena::Arena>>(a, a)};
    void* const place = a.Alloc(sizeof(ArenaExchange), alignof(ArenaExchange));
    return ExchangePtr(new (place) ArenaExchange(std::move(lease), memory, strategy, stats, head));
  }

  // Nothing in here owns anything but memory of the arena, so its destructor need not run; the
  // lease leaves the arena first and ends with this function, with the arena's memory and `this`.
  void Dispose() noexcept override { const arena::ArenaLease last = std::move(lease_); }

 private:
  ArenaExchange(arena::ArenaLease lease, const ArenaMemory& memory, MemoryStrategy& strategy,
                ServiceStats& stats, const RequestHead& head)
      : ExchangeIn(memory, strategy, stats, head), lease_(std::move(lease)) {}

  arena::ArenaLease lease_;
};

class ArenaStrategy final : public MemoryStrategy {
 public:
  explicit ArenaStrategy(ServiceStats& stats) : stats_(&stats) {}

  ExchangePtr Begin(const RequestHead& head) override {
    const RouteEntry* const entry = FindRoute(head.target);
    const Route route = entry != nullptr ? entry->route : Route::kUnknown;
    // Sized by what requests of this route needed so far, or by the body that is about to come.
    return ArenaExchange::Begin(
        pool_.Acquire(static_cast<std::uint64_t>(route), head.content_length), *this, *stats_,
        head);
  }

  void AddFigures(boost::json::object& figures) const override {
    figures.emplace("memory", "arena");
    const arena::ArenaPoolStats stats = pool_.Stats();
    boost::json::object& pool =
        figures.emplace("pool", boost::json::object_kind).first->value().get_object();
    pool.emplace("leases", stats.leases);
    pool.emplace("reused", stats.reused);
    pool.emplace("returned", stats.returned);
    pool.emplace("single_buffer", stats.single_buffer);
    pool.emplace("evicted", stats.evicted);
    pool.emplace("offered_bytes", stats.offered_bytes);
    pool.emplace("open", stats.open);
    pool.emplace("idle", stats.idle);
    pool.emplace("idle_bytes", stats.idle_bytes);
    boost::json::object& arenas =
        figures.emplace("arenas", boost::json::object_kind).first->value().get_object();
    for (const RouteEntry& entry : kRoutes) {
      const auto known = pool_.Stats(static_cast<std::uint64_t>(entry.route));
      if (!known) continue;
      boost::json::object& route =
          arenas.emplace(entry.path, boost::json::object_kind).first->value().get_object();
      route.emplace("returned", known->returned);
      route.emplace("single_buffer", known->single_buffer);
      route.emplace("open", known->open);
      route.emplace("prediction_bytes", known->prediction);
    }
  }

 private:
  ServiceStats* stats_;
  arena::ArenaPool pool_{{.max_idle_bytes = kMaxIdleBytes}};

  static constexpr std::size_t kMaxIdleBytes = std::size_t{16} << 20;
};

}  // namespace

std::unique_ptr<MemoryStrategy> MakeArenaMemory(ServiceStats& stats) {
  return std::make_unique<ArenaStrategy>(stats);
}

}  // namespace service
