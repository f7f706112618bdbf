// SPDX-License-Identifier: Apache-2.0
//
// What the service counts. Relaxed atomics: any thread adds, and each figure is right by itself.
#ifndef HTTP_SERVICE_STATS_HPP
#define HTTP_SERVICE_STATS_HPP

#include <array>
#include <atomic>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "router.hpp"

namespace service {

class Counter {
 public:
  // Returns the value before.
  std::uint64_t Add(std::uint64_t amount = 1) noexcept {
    return value_.fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class ServiceStats {
 public:
  struct OfRoute {
    Counter requests;
    Counter failures;        // of these, answered with a status of 400 or more
    Counter measured;        // of the requests; one in eight, since the clock is not free
    Counter handler_cpu_ns;  // of those measured: parse, process, serialise
  };

  OfRoute& of(Route route) noexcept { return routes_[static_cast<std::size_t>(route)]; }

  Counter accepted;   // connections
  Counter closed;     // of these, gone again
  Counter refused;    // requests that were answered before their exchange could begin or end
  Counter timed_out;  // connections closed because the client took too long

  // Adds the figures of the service and of the process.
  void AddFigures(boost::json::object& figures) const;

 private:
  std::array<OfRoute, kRouteCount> routes_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// Counts a request, and measures the time that this thread spends on a CPU until the meter's end,
// if the request is to be measured.
class HandlerMeter {
 public:
  explicit HandlerMeter(ServiceStats::OfRoute& route) noexcept;
  ~HandlerMeter();
  HandlerMeter(const HandlerMeter&) = delete;
  HandlerMeter& operator=(const HandlerMeter&) = delete;

 private:
  ServiceStats::OfRoute* route_;
  bool measures_;
  std::uint64_t start_ = 0;
};

}  // namespace service

#endif  // HTTP_SERVICE_STATS_HPP
