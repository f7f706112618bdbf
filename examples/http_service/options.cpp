// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace service {
namespace {

std::uint64_t Number(std::string_view name, std::string_view text, std::uint64_t least,
                     std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    throw std::invalid_argument(std::string(name) + " takes a number from " +
                                std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

std::chrono::milliseconds Milliseconds(std::string_view name, std::string_view text) {
  return std::chrono::milliseconds(Number(name, text, 1, 3'600'000));
}

}  // namespace

const char* const kUsage =
    "usage: http_service [--memory=arena|malloc|pmr] [--port=N] [--threads=N]\n"
    "  [--max-connections=N] [--max-body=BYTES] [--request-timeout=MS] [--answer-timeout=MS]\n"
    "  [--idle-timeout=MS] [--grace=MS]\n"
    "Serves HTTP/1.1 on 127.0.0.1 until SIGTERM or SIGINT. Port 0 takes any; the port is "
    "printed.\n";

Options ParseOptions(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    if (equals == std::string_view::npos) {
      throw std::invalid_argument("not of the form --name=value: " + std::string(argument));
    }
    const std::string_view value = argument.substr(equals + 1);
    if (name == "--memory") {
      options.memory = value;
    } else if (name == "--port") {
      options.port = static_cast<std::uint16_t>(Number(name, value, 0, 65535));
    } else if (name == "--threads") {
      options.threads = Number(name, value, 1, 256);
    } else if (name == "--max-connections") {
      options.max_connections = Number(name, value, 1, 1'000'000);
    } else if (name == "--max-body") {
      options.max_body_bytes = Number(name, value, 0, std::numeric_limits<std::int32_t>::max());
    } else if (name == "--request-timeout") {
      options.request_timeout = Milliseconds(name, value);
    } else if (name == "--answer-timeout") {
      options.answer_timeout = Milliseconds(name, value);
    } else if (name == "--idle-timeout") {
      options.idle_timeout = Milliseconds(name, value);
    } else if (name == "--grace") {
      options.grace = Milliseconds(name, value);
    } else {
      throw std::invalid_argument("unknown option " + std::string(name));
    }
  }
  return options;
}

}  // namespace service
