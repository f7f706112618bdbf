// SPDX-License-Identifier: Apache-2.0
//
// What the service is started with.
#pragma once

#include <charconv>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace service {

class Arguments {
 public:
  explicit Arguments(std::span<const char* const> arguments) : arguments_(arguments) {}

  const std::string& usage() const noexcept { return usage_; }
  bool all_taken() const noexcept { return taken_ == arguments_.size(); }

 protected:
  // The number of the arguments name=number. Throws std::invalid_argument with a message.
  std::size_t Take(std::string name, std::size_t number, std::size_t min, std::size_t max,
                   const char* meaning) {
    usage_ += "  " + name + std::string(24 - name.size(), ' ') + meaning + " (" +
              std::to_string(number) + ")\n";
    name += '=';
    for (const std::string_view argument : arguments_) {
      if (!argument.starts_with(name)) continue;
      ++taken_;
      const char* const end = argument.data() + argument.size();
      const auto result = std::from_chars(argument.data() + name.size(), end, number);
      if (result.ec != std::errc() || result.ptr != end || number < min || number > max) {
        throw std::invalid_argument(name + " takes a number from " + std::to_string(min) + " to " +
                                    std::to_string(max));
      }
    }
    return number;
  }

 private:
  std::span<const char* const> arguments_;
  std::size_t taken_ = 0;
  std::string usage_ =
      "usage: http_service [--NAME=NUMBER...]\n"
      "Serves HTTP/1.1 on 127.0.0.1 until SIGTERM or SIGINT. The port is printed.\n";
};

struct Options : Arguments {
  using Arguments::Arguments;

  static constexpr std::size_t kHour = 3'600'000, kMiB = 1 << 20;

  std::size_t port = Take("--port", 8080, 0, 65535, "on 127.0.0.1; 0 takes any that is free");
  std::size_t threads = Take("--threads", 1, 1, 256, "that serve, each its own connections");
  std::size_t max_connections = Take("--max-connections", 1000, 1, 1'000'000, "at once");
  std::size_t max_body = Take("--max-body", kMiB, 0, 1024 * kMiB, "bytes of a request's body");
  std::size_t memory_limit =
      Take("--memory-limit", 512 * kMiB, kMiB, kMiB* kMiB, "bytes of all requests and connections");
  std::size_t max_request_memory =
      Take("--max-request-memory", 64 * kMiB, 16384, kMiB* kMiB, "bytes of one request");
  std::size_t guard_one_in = Take("--guard-one-in", 1000, 0, 1'000'000'000,
                                  "requests gets memory that traps late uses; 0: none does");
  std::size_t request_timeout =
      Take("--request-timeout", 10'000, 1, kHour, "ms from a request's first byte to its last");
  std::size_t answer_timeout = Take("--answer-timeout", 10'000, 1, kHour, "ms to take an answer");
  std::size_t idle_timeout = Take("--idle-timeout", 60'000, 1, kHour, "ms without a request");
  std::size_t grace = Take("--grace", 5'000, 1, kHour, "ms for open requests when it stops");
};

}  // namespace service
