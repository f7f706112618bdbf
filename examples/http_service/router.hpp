// SPDX-License-Identifier: Apache-2.0
//
// Which path leads where. A route is also the key by which the pool remembers what requests need.
#ifndef HTTP_SERVICE_ROUTER_HPP
#define HTTP_SERVICE_ROUTER_HPP

#include <array>
#include <boost/beast/http/verb.hpp>
#include <cstddef>
#include <string_view>

namespace service {

enum class Route { kProcess, kOrders, kStats, kHealth, kUnknown };

struct RouteEntry {
  Route route;
  std::string_view path;
  boost::beast::http::verb method;
  std::string_view allow;  // for the answer to another method
};

inline constexpr std::array<RouteEntry, 4> kRoutes{{
    {Route::kProcess, "/process", boost::beast::http::verb::post, "POST"},
    {Route::kOrders, "/orders", boost::beast::http::verb::post, "POST"},
    {Route::kStats, "/stats", boost::beast::http::verb::get, "GET, HEAD"},
    {Route::kHealth, "/healthz", boost::beast::http::verb::get, "GET, HEAD"},
}};
inline constexpr std::size_t kRouteCount = kRoutes.size() + 1;

// The entry for a request's target, whose query does not count; null when there is none.
constexpr const RouteEntry* FindRoute(std::string_view target) noexcept {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const RouteEntry& entry : kRoutes) {
    if (entry.path == path) return &entry;
  }
  return nullptr;
}

}  // namespace service

#endif  // HTTP_SERVICE_ROUTER_HPP
