// SPDX-License-Identifier: Apache-2.0
//
// The statistics of an arena print as one line.
#include <arena/arena.hpp>
#include <arena/iostream.hpp>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>

#include "support/catch.hpp"

TEST_CASE("statistics print as one line", "[stream]") {
  arena::MonotonicArena a({.min_buffer_size = 1024});
  a.Alloc(100, 1);
  a.Alloc(200, 1);
  std::ostringstream out;
  out << a.Stats();
  CHECK(out.str() == "len 300, cap 1024, peak 300, buffers 1, records 0, waste 0, free 724");
}

TEST_CASE("every figure has its own place in the line", "[stream]") {
  const arena::ArenaStats stats = {
      .len = 1, .cap = 2, .peak = 3, .buffers = 4, .records = 5, .waste = 6, .free = 7};
  std::ostringstream out;
  out << stats;
  CHECK(out.str() == "len 1, cap 2, peak 3, buffers 4, records 5, waste 6, free 7");
}

TEST_CASE("the largest figures fit in the line", "[stream]") {
  constexpr std::size_t kMost = SIZE_MAX;
  const std::string most = std::to_string(kMost);
  std::ostringstream out;
  out << arena::ArenaStats{kMost, kMost, kMost, kMost, kMost, kMost, kMost};
  CHECK(out.str() == "len " + most + ", cap " + most + ", peak " + most + ", buffers " + most +
                         ", records " + most + ", waste " + most + ", free " + most);
}

TEST_CASE("flags of the stream do not change the figures, a width pads the line", "[stream]") {
  std::ostringstream out;
  out << std::hex << std::showbase << std::setw(80) << std::left << std::setfill('.')
      << arena::ArenaStats{.len = 255} << 16;
  const std::string line = "len 255, cap 0, peak 0, buffers 0, records 0, waste 0, free 0";
  CHECK(out.str() == line + std::string(80 - line.size(), '.') + "0x10");
}
