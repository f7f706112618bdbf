// SPDX-License-Identifier: Apache-2.0
//
// What all threads share: the options, the memory, and what the service counts and shows.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <sstream>
#include <string>
#include <string_view>

#include "routes.hpp"

namespace service {

inline constexpr std::size_t kUnknownRoute = std::size(kRoutes);

constexpr std::size_t FindRoute(std::string_view target) noexcept {
  // Of http://HOST/PATH, the path counts, whatever the host.
  if (!target.starts_with('/'))
    target = target.substr(std::min(target.find_first_of("/?", 8), target.size()));
  const std::string_view path = target.substr(0, target.find('?'));
  std::size_t route = 0;
  while (route != kUnknownRoute && kRoutes[route].path != path) ++route;
  return route;
}
inline std::string_view NameOf(std::uint64_t route) noexcept {
  return route != kUnknownRoute ? kRoutes[route].path : "other";
}

using Counter = std::atomic<std::uint64_t>;  // each figure is right by itself

struct RouteStats {
  Counter requests, failures;  // of these, answered with a status of 400 or more
};

struct Service {
  Service(const Options& o, std::size_t connection_bytes)
      : options(o), memory(o, connection_bytes) {}

  const Options options;
  ServiceMemory memory;
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::array<RouteStats, kUnknownRoute + 1> routes{};
  Counter accepted{0}, closed{0};  // connections
  Counter timed_out{0};            // closed because the client took too long
  Counter refused{0};              // requests that no handler answered
};

inline Exchange::Exchange(Service& of, HeadParser& head)
    : service(of),
      route(FindRoute(head.get().target())),
      keep_alive(head.keep_alive()),
      memory(of.memory, route, head.content_length().value_or(0) + 1024),  // the answer has a head
      parser(std::move(head), memory.allocator()) {
  static auto check = [](std::uint64_t, std::string_view extensions, boost::beast::error_code&) {
    RefuseIf(!extensions.empty(), "the service knows no extensions of chunks");
  };
  parser.on_chunk_header(check);
  parser.eager(true);  // else it would parse one chunk at a time
}

// Calls add(name, type, value) for each figure, or add(name, type, value, route) for all of one name.
template <class Add>
void ForEachFigure(const Service& service, Add add) {
  const std::uint64_t closed = service.closed, accepted = service.accepted;
  const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - service.start;
  add("uptime_seconds", "gauge", uptime.count());
  add("cpu_seconds", "counter", static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
  add("connections_accepted", "counter", accepted);
  add("connections_open", "gauge", accepted - closed);
  add("connections_timed_out", "counter", service.timed_out.load());
  add("refused_requests", "counter", service.refused.load());
  service.memory.ForEachFigure(add);
  for (std::size_t i = 0; i <= kUnknownRoute; ++i)
    add("requests", "counter", service.routes[i].requests.load(), NameOf(i));
  for (std::size_t i = 0; i <= kUnknownRoute; ++i)
    add("failures", "counter", service.routes[i].failures.load(), NameOf(i));
}

inline void ShowStats(Exchange& exchange) {
  json::object figures(exchange.memory.json());
  ForEachFigure(exchange.service, [&](std::string name, auto, auto value, auto... route) {
    (name.append(" of ").append(route), ...);
    figures[name] = value;
  });
  AppendJson(figures, 4096, exchange.answer);
}

// The same figures, and those of the budgets, as OpenMetrics text, which Prometheus reads.
inline void ShowMetrics(Exchange& exchange) {
  String& text = exchange.answer;
  std::string_view last, counter = "counter";
  ForEachFigure(exchange.service, [&](std::string_view name, auto type, auto value, auto... route) {
    if (name != last) text.append("# TYPE service_").append(name).append(" ").append(type) += '\n';
    last = name;
    text.append("service_").append(name).append(type == counter ? "_total" : "");
    (text.append("{route=\"").append(route).append("\"}"), ...);
    text.append(" ").append(std::to_string(value)) += '\n';
  });
  std::ostringstream budgets;
  exchange.service.memory.WriteBudgets(budgets);
  text.append(budgets.view()).append("# EOF\n");
  exchange.response.set(field::content_type,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

// Handles the request. Throws std::bad_alloc.
inline void Handle(Exchange& exchange) {
  const verb method = exchange.parser.get().method();
  RouteStats& stats = exchange.service.routes[exchange.route];
  ++stats.requests;
  try {
    RefuseIf(exchange.route == kUnknownRoute, "there is no such path", status::not_found);
    const Route& route = kRoutes[exchange.route];
    if ((method == verb::head ? verb::get : method) != route.method) {
      exchange.response.set(field::allow, route.method == verb::get ? "GET, HEAD" : "POST");
      throw HttpError(status::method_not_allowed, "the path does not have this method");
    }
    route.handle(exchange);
  } catch (const HttpError& error) {
    ++stats.failures;
    SetError(exchange.response, error.code, error.what());
  }
}

}  // namespace service
