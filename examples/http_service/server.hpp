// SPDX-License-Identifier: Apache-2.0
//
// The service as a whole: accepts connections and spreads them over the threads.
#ifndef HTTP_SERVICE_SERVER_HPP
#define HTTP_SERVICE_SERVER_HPP

#include "options.hpp"

namespace service {

// Serves until SIGTERM or SIGINT, then lets the requests that have begun end and returns. Prints
// "listening on 127.0.0.1:PORT" when it is ready. Throws std::exception when it cannot start.
void Serve(const Options& options);

}  // namespace service

#endif  // HTTP_SERVICE_SERVER_HPP
