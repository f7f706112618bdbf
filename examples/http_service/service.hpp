// SPDX-License-Identifier: Apache-2.0
//
// What all threads share: the options, the memory, and what the service counts and shows.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <sstream>

#include "routes.hpp"

namespace service {

inline constexpr std::size_t kUnknownRoute = std::size(kRoutes);

constexpr std::size_t FindRoute(std::string_view target) noexcept {
  // Of http://HOST/PATH, the path counts, whatever the host.
  if (!target.starts_with('/'))
    target = target.substr(std::min(target.find_first_of("/?", 8), target.size()));
  const std::string_view path = target.substr(0, target.find('?'));
  return static_cast<std::size_t>(std::ranges::find(kRoutes, path, &Route::path) - kRoutes);
}
inline std::string_view NameOf(std::uint64_t route) noexcept {
  return route != kUnknownRoute ? kRoutes[route].path : "other";
}

using Counter = std::atomic<std::uint64_t>;  // each figure is right by itself

struct Service {
  Service(const Options& o, std::size_t per_connection) : options(o), memory(o, per_connection) {}

  const Options options;
  ServiceMemory memory;
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::array<Counter, kUnknownRoute + 1> requests{}, failures{};  // by route; 400 and above fail
  Counter accepted{0}, closed{0};                                 // connections
  Counter timed_out{0};  // closed because the client took too long
  Counter refused{0};    // requests that no handler answered
};

inline Request::Request(Service& service, HeadParser& head)
    : route(FindRoute(head.get().target())),
      memory(service.memory, route, head.chunked() ? 1 : head.content_length().value_or(0),
             head.get().get_allocator()),
      parser(std::move(head), memory.allocator) {
  static auto check = [](std::uint64_t, std::string_view extensions, boost::beast::error_code&) {
    RefuseIf(!extensions.empty(), "the service knows no extensions of chunks");
  };
  parser.on_chunk_header(check);
  parser.eager(true);  // else it would parse one chunk at a time
}

inline Exchange::Exchange(Service& of, const Request& complete)
    : service(of), request(complete), memory(of.memory, request.route, body.size()) {}

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
    add("requests", "counter", service.requests[i].load(), NameOf(i));
  for (std::size_t i = 0; i <= kUnknownRoute; ++i)
    add("failures", "counter", service.failures[i].load(), NameOf(i));
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
  const verb method = exchange.request.parser.get().method();
  const std::size_t index = exchange.request.route;
  try {
    RefuseIf(index == kUnknownRoute, "there is no such path", status::not_found);
    const Route& route = kRoutes[index];
    if ((method == verb::head ? verb::get : method) != route.method) {
      exchange.response.set(field::allow, route.method == verb::get ? "GET, HEAD" : "POST");
      throw HttpError(status::method_not_allowed, "the path does not have this method");
    }
    route.handle(exchange);
  } catch (const HttpError& error) {
    ++exchange.service.failures[index];
    SetError(exchange.response, error.code, error.what());
  }
}

}  // namespace service
