// SPDX-License-Identifier: Apache-2.0
//
// One request and its answer, the routes, and what the service counts and shows.
#pragma once

#include <time.h>

#include <array>
#include <atomic>
#include <boost/beast/http.hpp>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "handlers.hpp"

namespace service {

struct Service;

// Lives while a request is read, handled and answered. Everything that grows lies in `memory`.
struct Exchange {
  // Copies what it needs of the head. Throws std::bad_alloc.
  Exchange(Service& of, const RequestHead& head);

  Service& service;
  const std::size_t route;
  const verb method;
  const bool keep_alive;
  bool expects_continue;
  RequestMemory memory;  // outlives the rest
  boost::beast::http::basic_fields<Allocator<char>> fields{memory.allocator()};
  String body{memory.allocator()};
  std::string_view answer_type = "application/json";
  String answer_head{memory.allocator()};
  String answer{memory.allocator()};
};

void ShowStats(Exchange& exchange);
void ShowMetrics(Exchange& exchange);
#ifndef NDEBUG
// A planted bug, to try --guard-one-in with: the body of the request before is gone with its memory.
inline void ShowLastBody(Exchange& exchange) {
  thread_local std::string_view last_body;
  exchange.answer = last_body;
  last_body = exchange.body;
}
#endif

struct Route {
  std::string_view path;
  verb method;
  const char* allow;  // for the answer to another method
  void (*handle)(Exchange&);
};
// The index of a route is the key by which the pool remembers what its requests need.
inline constexpr Route kRoutes[] = {
    {"/process", verb::post, "POST",
     [](Exchange& e) { HandleProcess(e.memory, e.body, e.answer); }},
    {"/orders", verb::post, "POST", [](Exchange& e) { HandleOrders(e.memory, e.body, e.answer); }},
    {"/stats", verb::get, "GET, HEAD", ShowStats},
    {"/metrics", verb::get, "GET, HEAD", ShowMetrics},
    {"/healthz", verb::get, "GET, HEAD", [](Exchange& e) { e.answer = R"({"status":"ok"})"; }},
#ifndef NDEBUG
    {"/last-body", verb::post, "POST", ShowLastBody},
#endif
};
inline constexpr std::size_t kUnknownRoute = std::size(kRoutes);

constexpr std::size_t FindRoute(std::string_view target) noexcept {
  const std::string_view path = target.substr(0, target.find('?'));
  std::size_t route = 0;
  while (route != kUnknownRoute && kRoutes[route].path != path) ++route;
  return route;
}
constexpr std::string_view NameOf(std::uint64_t route) noexcept {
  return route != kUnknownRoute ? kRoutes[route].path : "other";
}

// Any thread adds to a counter, and each figure is right by itself.
using Counter = std::atomic<std::uint64_t>;

struct RouteStats {
  Counter requests, failures;        // of these, answered with a status of 400 or more
  Counter measured, handler_cpu_ns;  // of one request in eight, since the clock is not free
};

// What all threads share.
struct Service {
  Service(const Options& o, std::size_t connection_bytes)
      : options(o), memory(o, connection_bytes, &NameOf) {}

  const Options options;
  ServiceMemory memory;
  std::array<RouteStats, kUnknownRoute + 1> routes{};
  Counter accepted{0}, closed{0};  // connections
  Counter timed_out{0};            // closed because the client took too long
  Counter refused{0};              // requests that no handler answered
};

inline Exchange::Exchange(Service& of, const RequestHead& head)
    : service(of),
      route(FindRoute(head.target)),
      method(head.method),
      keep_alive(head.keep_alive),
      expects_continue(head.expects_continue),
      // The fields need some room beside the body, too.
      memory(of.memory, route, head.content_length != 0 ? head.content_length + 2048 : 0) {
  for (const Field& f : head.fields) {
    fields.insert(f.id, {f.name.data(), f.name.size()}, {f.value.data(), f.value.size()});
  }
  body.reserve(head.content_length);
}

// Calls add(group, name, type, help, value, route) for each figure; some have no route.
template <class Add>
void ForEachFigure(const Service& service, Add add) {
  const auto plain = [&](auto... figure) { add(figure..., std::string_view()); };
  service.memory.ForEachFigure(plain);
  const std::uint64_t closed = service.closed, accepted = service.accepted;
  plain("connections", "accepted", "counter", "Connections so far.", accepted);
  plain("connections", "open", "gauge", "Connections now.", accepted - closed);
  plain("connections", "timed_out", "counter", "Of clients too slow.", service.timed_out.load());
  plain("connections", "refused_requests", "counter", "Seen by no handler.",
        service.refused.load());
  for (std::size_t i = 0; i <= kUnknownRoute; ++i) {
    const RouteStats& route = service.routes[i];
    const auto of_route = [&](auto... figure) { add(figure..., NameOf(i)); };
    service.memory.ForEachFigureOf(i, of_route);
    of_route("routes", "requests", "counter", "Seen by a handler.", route.requests.load());
    of_route("routes", "failures", "counter", "Answered with 400 or more.", route.failures.load());
    of_route("routes", "measured", "counter", "Whose time was taken.", route.measured.load());
    of_route("routes", "handler_cpu_seconds", "counter", "Of those measured.",
             static_cast<double>(route.handler_cpu_ns) / 1e9);
  }
}

inline void ShowStats(Exchange& exchange) {
  json::object figures(exchange.memory.json());
  figures["memory"] = ServiceMemory::kName;
  const auto object = [](json::value& value) -> json::object& {
    return value.is_object() ? value.get_object() : value.emplace_object();
  };
  ForEachFigure(exchange.service, [&](auto group, auto name, auto, auto, auto value, auto route) {
    json::object& of_group = object(figures[group]);
    (route.empty() ? of_group : object(of_group[route]))[name] = value;
  });
  AppendJson(figures, 4096, exchange.answer);
}

// The same figures, and those of the budgets, as OpenMetrics text, which Prometheus reads.
inline void ShowMetrics(Exchange& exchange) {
  std::map<std::string, std::string> families;
  ForEachFigure(exchange.service, [&](std::string group, std::string name, std::string type,
                                      std::string help, auto value, std::string_view route) {
    name = "service_" + group + '_' + name;
    std::string& text = families[name];
    if (text.empty()) {
      text = "# TYPE " + name + ' ' + type + "\n# HELP " + name + ' ' + help + '\n';
    }
    text += name + (type == "counter" ? "_total" : "");
    if (!route.empty()) text.append("{route=\"").append(route).append("\"}");
    text += ' ' + std::to_string(value) + '\n';
  });
  std::ostringstream out;
  for (const auto& [name, text] : families) out << text;
  exchange.service.memory.WriteBudgets(out);
  out << "# EOF\n";
  exchange.answer = out.view();
  exchange.answer_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

// The time that this thread spent on a CPU, in nanoseconds.
inline std::uint64_t ThreadCpuTime() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Handles the request: its answer is complete then. Throws std::bad_alloc.
inline void Respond(Exchange& exchange, bool keep_alive) {
  RouteStats& stats = exchange.service.routes[exchange.route];
  const bool is_measured = stats.requests++ % 8 == 0;
  const std::uint64_t before = is_measured ? ThreadCpuTime() : 0;
  const std::uint64_t start = is_measured ? ThreadCpuTime() : 0;  // after what the clock costs
  AnswerHead head{.keep_alive = keep_alive};
  try {
    if (exchange.route == kUnknownRoute) {
      throw HttpError(status::not_found, "there is no such path");
    }
    const Route& route = kRoutes[exchange.route];
    if ((exchange.method == verb::head ? verb::get : exchange.method) != route.method) {
      head.allow = route.allow;
      throw HttpError(status::method_not_allowed, "use " + std::string(route.allow));
    }
    route.handle(exchange);
  } catch (const HttpError& error) {
    ++stats.failures;
    head.code = error.code;
    exchange.answer.clear();
    AppendError(error.code, error.what(), exchange.answer);
  }
  head.content_type = exchange.answer_type;
  const auto id = exchange.fields["X-Request-ID"];
  head.request_id = {id.data(), id.size()};
  head.AppendTo(exchange.answer_head, exchange.answer.size());
  if (is_measured) {
    const std::uint64_t time = ThreadCpuTime() - start, cost = start - before;
    ++stats.measured;
    stats.handler_cpu_ns += time > cost ? time - cost : 0;
  }
}

}  // namespace service
