// SPDX-License-Identifier: Apache-2.0
//
// Which handler answers what.
#ifndef HTTP_SERVICE_ROUTES_HPP
#define HTTP_SERVICE_ROUTES_HPP

#include "handlers.hpp"

namespace service {

// The index of a route is the key by which the pool remembers what its requests need.
inline constexpr Route kRoutes[] = {
    {"/process", verb::post, [](Exchange& e) { HandleProcess(e.memory, e.body, e.answer); }},
    {"/stats", verb::get, ShowStats},
    {"/metrics", verb::get, ShowMetrics},
    {"/healthz", verb::get, [](Exchange& e) { e.answer = R"({"status":"ok"})"; }},
#ifndef NDEBUG  // a planted bug, for the guard to find: a body is gone with the memory of its request
    {"/last-body", verb::post,
     [](Exchange& e) {
       thread_local std::string_view last_body;
       e.answer = std::exchange(last_body, e.body);
     }},
#endif
};

}  // namespace service

#endif  // HTTP_SERVICE_ROUTES_HPP
