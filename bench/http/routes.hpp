// SPDX-License-Identifier: Apache-2.0
//
// Stands in for routes.hpp of examples/http_service, with routes to measure.
#ifndef HTTP_SERVICE_ROUTES_HPP
#define HTTP_SERVICE_ROUTES_HPP

#include <time.h>

#include <atomic>
#include <string_view>

#include "orders.hpp"

namespace service {

// The time that this thread spent on a CPU, in nanoseconds.
inline std::uint64_t ThreadCpuTime() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// The requests of one in eight that a handler has handled, since the clock is not free, and what
// they took.
template <auto kHandler>
struct Measured {
  static inline std::atomic<std::uint64_t> requests, measured, cpu_ns;

  static void Handle(Exchange& e) {
    const bool is_measured = requests++ % 8 == 0;
    const std::uint64_t before = is_measured ? ThreadCpuTime() : 0;
    const std::uint64_t start = is_measured ? ThreadCpuTime() : 0;  // after what the clock costs
    kHandler(e.memory, e.body, e.answer);
    if (is_measured) {
      const std::uint64_t time = ThreadCpuTime() - start, cost = start - before;
      ++measured;
      cpu_ns += time > cost ? time - cost : 0;
    }
  }

  static void Show(std::string_view name, Exchange& e) {
    json::object figures;
    figures["requests"] = requests.load();
    figures["measured"] = measured.load();
    figures["cpu_ns"] = cpu_ns.load();
    e.answer.append(name).append(json::serialize(figures));
  }
};
using Process = Measured<HandleProcess>;
using Orders = Measured<HandleOrders>;

inline void ShowMeasured(Exchange& e) {
  Process::Show("{\"process\":", e);
  Orders::Show(",\"orders\":", e);
  e.answer += '}';
}

inline constexpr Route kRoutes[] = {
    {"/process", verb::post, Process::Handle},
    {"/orders", verb::post, Orders::Handle},
    {"/stats", verb::get, ShowStats},
    {"/metrics", verb::get, ShowMetrics},
    {"/healthz", verb::get, [](Exchange& e) { e.answer = R"({"status":"ok"})"; }},
    {"/measured", verb::get, ShowMeasured},
};

}  // namespace service

#endif  // HTTP_SERVICE_ROUTES_HPP
