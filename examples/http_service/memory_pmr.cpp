// SPDX-License-Identifier: Apache-2.0
//
// --memory=pmr: a std::pmr::monotonic_buffer_resource for each request, fresh from the heap.
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <memory>
#include <memory_resource>

#include "exchange.hpp"
#include "exchange_in.hpp"
#include "json_memory.hpp"

namespace service {
namespace {

using Resource = std::pmr::monotonic_buffer_resource;

struct PmrMemory {
  template <class T>
  using Allocator = std::pmr::polymorphic_allocator<T>;

  std::pmr::polymorphic_allocator<std::byte> allocator() const noexcept { return resource; }
  boost::json::storage_ptr json() const noexcept { return json_memory; }

  Resource* resource;
  JsonMemory<Resource>* json_memory;
};

// The resource and its adapter, which are gone after all that lies in them.
struct Storage {
  // Room for the head and the body, the document and the answer of a usual request.
  explicit Storage(std::size_t content_length) : resource(4096 + 8 * content_length) {}

  Resource resource;
  JsonMemory<Resource> json_memory{resource};
};

class PmrExchange final : private Storage, public ExchangeIn<PmrMemory> {
 public:
  PmrExchange(MemoryStrategy& strategy, ServiceStats& stats, const RequestHead& head)
      : Storage(head.content_length),
        ExchangeIn({&resource, &json_memory}, strategy, stats, head) {}
  void Dispose() noexcept override { delete this; }
};

class PmrStrategy final : public MemoryStrategy {
 public:
  explicit PmrStrategy(ServiceStats& stats) : stats_(&stats) {}

  ExchangePtr Begin(const RequestHead& head) override {
    return ExchangePtr(new PmrExchange(*this, *stats_, head));
  }
  void AddFigures(boost::json::object& figures) const override { figures.emplace("memory", "pmr"); }

 private:
  ServiceStats* stats_;
};

}  // namespace

std::unique_ptr<MemoryStrategy> MakePmrMemory(ServiceStats& stats) {
  return std::make_unique<PmrStrategy>(stats);
}

}  // namespace service
