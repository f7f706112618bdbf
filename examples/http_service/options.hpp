// SPDX-License-Identifier: Apache-2.0
//
// What the service is started with.
#ifndef HTTP_SERVICE_OPTIONS_HPP
#define HTTP_SERVICE_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace service {

struct Options {
  std::string memory = "arena";
  std::uint16_t port = 8080;  // on 127.0.0.1; 0: any that is free
  std::size_t threads = 1;
  std::size_t max_connections = 1000;
  std::size_t max_body_bytes = std::size_t{1} << 20;
  // A client may take so long, from the first byte to the last, to send a request, and to take an
  // answer; a connection without a request is closed after the idle time.
  std::chrono::milliseconds request_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds answer_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);
  // How long requests may still take when the service is told to stop.
  std::chrono::milliseconds grace = std::chrono::seconds(5);
};

// Reads --name=value arguments. Throws std::invalid_argument with a message for the user.
Options ParseOptions(int argc, const char* const* argv);

extern const char* const kUsage;

}  // namespace service

#endif  // HTTP_SERVICE_OPTIONS_HPP
