// SPDX-License-Identifier: Apache-2.0
//
// --memory=malloc: the default allocators everywhere. What the others are compared with.
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <cstddef>
#include <memory>

#include "exchange.hpp"
#include "exchange_in.hpp"

namespace service {
namespace {

struct MallocMemory {
  template <class T>
  using Allocator = std::allocator<T>;

  std::allocator<std::byte> allocator() const noexcept { return {}; }
  boost::json::storage_ptr json() const noexcept { return {}; }
};

class MallocExchange final : public ExchangeIn<MallocMemory> {
 public:
  using ExchangeIn::ExchangeIn;
  void Dispose() noexcept override { delete this; }
};

class MallocStrategy final : public MemoryStrategy {
 public:
  explicit MallocStrategy(ServiceStats& stats) : stats_(&stats) {}

  ExchangePtr Begin(const RequestHead& head) override {
    return ExchangePtr(new MallocExchange(MallocMemory(), *this, *stats_, head));
  }
  void AddFigures(boost::json::object& figures) const override {
    figures.emplace("memory", "malloc");
  }

 private:
  ServiceStats* stats_;
};

}  // namespace

std::unique_ptr<MemoryStrategy> MakeMallocMemory(ServiceStats& stats) {
  return std::make_unique<MallocStrategy>(stats);
}

}  // namespace service
