// SPDX-License-Identifier: Apache-2.0
//
// Measures ways of one library to do the same work: made from the document, read through, dropped. Each
// way is a class with
//
//     void Make(std::string_view text);   std::uint64_t Read();   void Drop();
//
// whose Read answers the same for all of them. They take turns within each round, and their times are
// compared within it. The program prints a line for each way, its fields divided by tabs: library, way,
// medians in nanoseconds (make, read, drop, all), then for each of the ways MEDIAN/QUARTILE/QUARTILE of
// the ratio of all to that of the other. Under count_malloc.so it prints library, way and the calls of
// malloc that one turn makes.
#ifndef ARENA_BENCH_ADAPTERS_MEASURE_HPP
#define ARENA_BENCH_ADAPTERS_MEASURE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Of count_malloc.so, if that is preloaded.
extern "C" [[gnu::weak]] std::uint64_t ArenaBenchCallsOfMalloc() noexcept;

namespace bench {

/// The CPU time of this thread in nanoseconds.
inline double Now() {
  timespec time;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) std::abort();
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

inline double Quantile(std::vector<double> values, double which) {
  const auto place =
      static_cast<std::ptrdiff_t>(which * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

/// Make, read, drop; and all of it.
using Times = std::array<double, 4>;

template <class Way>
Times OneTurn(Way& way, std::string_view text, std::uint64_t expected) {
  const double start = Now();
  way.Make(text);
  const double made = Now();
  const std::uint64_t sum = way.Read();
  const double read = Now();
  way.Drop();
  const double end = Now();
  if (sum != expected) {
    std::fprintf(stderr, "%s reads %llu, not %llu\n", Way::kName,
                 static_cast<unsigned long long>(sum), static_cast<unsigned long long>(expected));
    std::exit(1);
  }
  return {made - start, read - made, end - read, end - start};
}

/// Measures the ways, the first of which is what the others are compared with.
template <class... Ways>
int Compare(const char* library, const std::string& text, int rounds) {
  constexpr std::size_t kWays = sizeof...(Ways);
  std::tuple<Ways...> ways;
  auto& first = std::get<0>(ways);
  first.Make(text);
  const std::uint64_t expected = first.Read();
  first.Drop();
  const std::array<const char*, kWays> names = {Ways::kName...};

  using Turn = Times (*)(std::tuple<Ways...>&, std::string_view, std::uint64_t);
  const auto turns = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array<Turn, kWays>{[](auto& all, std::string_view words, std::uint64_t sum) {
      return OneTurn(std::get<kIndex>(all), words, sum);
    }...};
  }(std::make_index_sequence<kWays>());

  for (const Turn turn : turns) {
    for (int i = 0; i < 3; ++i) turn(ways, text, expected);  // a server's first requests
  }
  if (&ArenaBenchCallsOfMalloc != nullptr) {
    for (std::size_t i = 0; i < kWays; ++i) {
      const std::uint64_t before = ArenaBenchCallsOfMalloc();
      turns[i](ways, text, expected);
      const std::uint64_t calls = ArenaBenchCallsOfMalloc() - before;
      std::printf("%s\t%s\t%llu\n", library, names[i], static_cast<unsigned long long>(calls));
    }
    return 0;
  }

  std::array<std::array<std::vector<double>, 4>, kWays> times;
  std::array<std::array<std::vector<double>, kWays>, kWays> ratios;  // of a way to another
  for (int round = 0; round < rounds; ++round) {
    std::array<double, kWays> all{};
    for (std::size_t i = 0; i < kWays; ++i) {
      const std::size_t way = (i + static_cast<std::size_t>(round)) % kWays;
      const Times turn = turns[way](ways, text, expected);
      for (std::size_t part = 0; part < turn.size(); ++part) times[way][part].push_back(turn[part]);
      all[way] = turn[3];
    }
    for (std::size_t way = 0; way < kWays; ++way) {
      for (std::size_t other = 0; other < kWays; ++other) {
        ratios[way][other].push_back(all[way] / all[other]);
      }
    }
  }
  for (std::size_t way = 0; way < kWays; ++way) {
    std::printf("%s\t%s", library, names[way]);
    for (const auto& part : times[way]) std::printf("\t%.0f", Quantile(part, 0.5));
    for (const auto& ratio : ratios[way]) {
      std::printf("\t%.4f/%.4f/%.4f", Quantile(ratio, 0.5), Quantile(ratio, 0.25),
                  Quantile(ratio, 0.75));
    }
    std::printf("\n");
  }
  return 0;
}

/// How many rounds the command line asks for.
inline int Rounds(int argc, char** argv) {
  return argc > 1 ? std::max(std::atoi(argv[1]), 1) : 101;
}

}  // namespace bench

#endif  // ARENA_BENCH_ADAPTERS_MEASURE_HPP
