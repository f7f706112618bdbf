// SPDX-License-Identifier: Apache-2.0
//
// What the service is started with.
#pragma once

#include <charconv>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace service {

inline constexpr std::size_t kMiB = 1 << 20;

// From arguments of the form --NAME=NUMBER. Throws std::invalid_argument with a message.
class Options {
  std::map<std::string, std::size_t> given_;
  std::size_t Take(const char* name, std::size_t by_default) {
    const auto found = given_.extract(name);
    return found.empty() ? by_default : found.mapped();
  }
  static std::map<std::string, std::size_t> Parse(std::span<const char* const> arguments) {
    std::map<std::string, std::size_t> numbers;
    for (const std::string_view argument : arguments) {
      const std::size_t begin = argument.find('=') + 1;  // 0 when there is none
      const char* const end = argument.data() + argument.size();
      std::size_t& number = numbers[std::string(argument.substr(0, begin - 1))];
      const auto [stop, error] = std::from_chars(argument.data() + begin, end, number);
      if (error != std::errc() || stop != end || number > kMiB * kMiB)
        throw std::invalid_argument("not an option with a number: " + std::string(argument));
    }
    return numbers;
  }

 public:
  explicit Options(std::span<const char* const> arguments) : given_(Parse(arguments)) {
    if (!given_.empty()) throw std::invalid_argument("no option: " + given_.begin()->first);
    if (port > 65535 || threads == 0) throw std::invalid_argument("no such port, or no thread");
  }

  std::size_t port = Take("--port", 8080);     // on 127.0.0.1; 0 takes any that is free
  std::size_t threads = Take("--threads", 1);  // that serve, each its own connections
  std::size_t max_connections = Take("--max-connections", 1000);
  std::size_t max_body = Take("--max-body", kMiB);
  std::size_t memory_limit = Take("--memory-limit", 512 * kMiB);  // of requests and connections
  std::size_t max_request_memory = Take("--max-request-memory", 64 * kMiB);  // body, handler: each
  std::size_t guard_one_in = Take("--guard-one-in", 1000);          // traps late uses; 0: of none
  std::size_t request_timeout = Take("--request-timeout", 10'000);  // ms, first byte to last
  std::size_t answer_timeout = Take("--answer-timeout", 10'000);    // ms until it is taken
  std::size_t idle_timeout = Take("--idle-timeout", 60'000);        // ms without a request
  std::size_t grace = Take("--grace", 5'000);  // ms for open requests when the service stops
};

}  // namespace service
