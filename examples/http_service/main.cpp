// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 JSON service in which everything that belongs to a request lives in one arena. The
// README.md beside this file shows how the parts stand to each other.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "options.hpp"
#include "server.hpp"

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(service::kUsage, stdout);
    return 0;
  }
  service::Serve(service::ParseOptions(argc, argv));
} catch (const std::invalid_argument& error) {
  std::fprintf(stderr, "http_service: %s\n%s", error.what(), service::kUsage);
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "http_service: %s\n", error.what());
  return 1;
}
