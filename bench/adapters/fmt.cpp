// SPDX-License-Identifier: Apache-2.0
//
// Lines that fmt formats, each a text of its own, and one long text: 10,000 lines of a log.
#include <fmt/format.h>

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "../../examples/adapters/arena_fmt.hpp"
#include "document.hpp"
#include "measure.hpp"

namespace {

constexpr std::size_t kLines = 10'000;
constexpr char kLine[] = "{:>6} {} took {:.3f} ms, {} bytes";

struct Event {
  Event(std::size_t i, std::string_view text)
      : number(i),
        route(text.substr(i % 64, 40)),
        milliseconds(static_cast<double>(i) / 16),
        bytes(i * 37) {}

  std::size_t number;
  std::string_view route;
  double milliseconds;
  std::size_t bytes;
};

template <class Lines>
std::uint64_t Sum(const Lines& lines) {
  std::uint64_t sum = 0;
  for (const auto& line : lines) sum += line.size() + static_cast<unsigned char>(line.back());
  return sum;
}

struct Default {
  static constexpr const char* kName = "`fmt::format`, a `std::string` for each line";
  void Make(std::string_view text) {
    for (std::size_t i = 0; i < kLines; ++i) {
      const Event event(i, text);
      lines.push_back(
          fmt::format(kLine, event.number, event.route, event.milliseconds, event.bytes));
    }
  }
  std::uint64_t Read() const { return Sum(lines); }
  void Drop() { lines = std::vector<std::string>(); }
  std::vector<std::string> lines;
};

struct InArena {
  static constexpr const char* kName = "`adapters::Format`, then `Reset`";
  void Make(std::string_view text) {
    lines = arena::AllocateSlice<std::string_view>(memory, 0, kLines);
    for (std::size_t i = 0; i < kLines; ++i) {
      const Event event(i, text);
      lines = arena::SliceAppend(memory, lines,
                                 adapters::Format(memory, kLine, event.number, event.route,
                                                  event.milliseconds, event.bytes));
    }
  }
  std::uint64_t Read() const { return Sum(lines); }
  void Drop() {
    lines = {};
    memory.Reset();
  }
  arena::MonotonicArena memory;
  arena::Slice<std::string_view> lines;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::Compare<Default, InArena>("fmt", bench::Orders(), bench::Rounds(argc, argv));
}
