// SPDX-License-Identifier: Apache-2.0
//
// A report about a web server's log, built in one arena: the log itself, views of its parts, a map
// over them and the text of the report.
//
//     text <access.log        lines as nginx writes them, each with its seconds at the end
#include <algorithm>
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/iostream.hpp>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string_view>

namespace {

struct Figures {
  std::size_t requests = 0;
  std::size_t bytes = 0;
  double slowest = 0;  // in seconds
};

// What stands before `end`; the text goes on behind it.
std::string_view Until(std::string_view& text, char end) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return part;
}

}  // namespace

int main() {
  arena::MonotonicArena a;
  arena::ArenaBuffer log(a);
  log.ReadFrom(std::cin);

  arena::Map<std::string_view, Figures> by_path(a);  // the keys point into the log
  arena::Slice<std::string_view> failures;
  std::size_t skipped = 0;
  for (std::string_view text = log.View(); !text.empty();) {
    const std::string_view line = Until(text, '\n');
    std::string_view rest = line;
    Until(rest, '"');  // address and time
    std::string_view request = Until(rest, '"');
    Until(request, ' ');  // GET
    const std::string_view path = Until(request, ' ');
    Until(rest, ' ');
    const std::string_view status = Until(rest, ' ');
    const std::string_view bytes = Until(rest, ' ');
    if (bytes.empty()) {
      ++skipped;
      continue;
    }
    Figures& figures = by_path[path.substr(0, path.find('?'))];
    ++figures.requests;
    std::size_t sent = 0;
    std::from_chars(bytes.data(), bytes.data() + bytes.size(), sent);
    figures.bytes += sent;
    // strtod needs a NUL behind the number: a copy has one.
    const std::string_view seconds = arena::CopyString(a, line.substr(line.rfind(' ') + 1));
    figures.slowest = std::max(figures.slowest, std::strtod(seconds.data(), nullptr));
    if (status.starts_with('5')) failures = arena::SliceAppend(a, failures, line);
  }

  arena::ArenaStream report(a);
  report << std::left << std::setw(20) << "path" << std::right << std::setw(9) << "requests"
         << std::setw(9) << "bytes" << std::setw(11) << "slowest" << '\n';
  for (const auto& [path, figures] : by_path) {
    report << std::left << std::setw(20) << path << std::right << std::setw(9) << figures.requests
           << std::setw(9) << figures.bytes << std::fixed << std::setprecision(3) << std::setw(9)
           << figures.slowest << " s\n";
  }
  report << failures.size() << " failed, " << skipped << " lines not understood\n";
  for (const std::string_view line : failures) report << "  " << line << '\n';
  std::cout << report.View();
  std::clog << a.Stats() << '\n';
}
