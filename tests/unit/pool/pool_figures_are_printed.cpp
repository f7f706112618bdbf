// SPDX-License-Identifier: Apache-2.0
//
// The statistics of a pool, read and printed.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "support/pools.hpp"

namespace {

struct Grouping : std::numpunct<char> {
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

template <class T>
std::string Printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

TEST_CASE("the figures of a pool say what it did", "[pool]") {
  arena::ArenaPool pool(arena_test::WithFakeClock());
  CHECK(pool.Stats().leases == 0);
  CHECK(pool.Stats().keys == 0);
  CHECK_FALSE(pool.Stats(1));
  arena::ArenaLease first = pool.Acquire(1);
  arena::ArenaLease second = pool.Acquire(2);
  second->Alloc(10'000);
  CHECK(pool.Stats(2)->open == 1);
  CHECK(pool.Stats(2)->returned == 0);
  CHECK(pool.Stats(2)->prediction == 1);
  second.Return();
  first.Return();
  const arena::ArenaLease third = pool.Acquire(1);
  const arena::ArenaPoolStats stats = pool.Stats();
  CHECK(stats.leases == 3);
  CHECK(stats.reused == 1);
  CHECK(stats.returned == 2);
  CHECK(stats.single_buffer == 1);
  CHECK(stats.evicted == 1);
  CHECK(stats.offered_bytes == 0);
  CHECK(stats.open == 1);
  CHECK(stats.idle == 0);
  CHECK(stats.idle_bytes == 0);
  CHECK(stats.keys == 2);
  CHECK(pool.Stats(1)->open == 1);
  CHECK(pool.Stats(1)->returned == 1);
  CHECK(pool.Stats(1)->single_buffer == 1);
  CHECK(pool.Stats(2)->returned == 1);
  CHECK(pool.Stats(2)->single_buffer == 0);
  CHECK(pool.Stats().leases == 3);  // asking for a key's figures is no use of it
}

TEST_CASE("the figures of a pool print as one line", "[pool]") {
  arena::ArenaPoolStats stats;
  stats.leases = 1'000'000;
  stats.reused = 2;
  stats.returned = 3;
  stats.single_buffer = 4;
  stats.evicted = 5;
  stats.offered_bytes = 6;
  stats.open = 7;
  stats.idle = 8;
  stats.idle_bytes = 9;
  stats.keys = 10;
  CHECK(Printed(stats) ==
        "leases 1000000 (2 reused, 7 open), 4 of 3 in one buffer, idle 8 arenas of 9 bytes, "
        "evicted 5, offered 6 bytes, keys 10");
  stats.guarded = 11;
  CHECK(Printed(stats).ends_with("offered 6 bytes, keys 10, guarded 11"));
  CHECK(Printed(arena::ArenaPoolKeyStats{1000, 2, 3, 4000}) ==
        "2 of 1000 leases in one buffer, 3 open, prediction 4000 bytes");
}

TEST_CASE("the largest figures print whole", "[pool]") {
  arena::ArenaPoolStats stats;
  stats.leases = stats.reused = stats.returned = stats.single_buffer = stats.evicted =
      stats.offered_bytes = stats.guarded = UINT64_MAX;
  stats.open = stats.idle = stats.idle_bytes = stats.keys = SIZE_MAX;
  const std::string text = Printed(stats);
  CHECK(text.ends_with("guarded " + Printed(UINT64_MAX)));
  CHECK(text.find("keys " + Printed(SIZE_MAX)) != std::string::npos);
  CHECK(Printed(arena::ArenaPoolKeyStats{UINT64_MAX, UINT64_MAX, SIZE_MAX, SIZE_MAX})
            .find("prediction " + Printed(SIZE_MAX) + " bytes") != std::string::npos);
}

TEST_CASE("flags and locale do not change what is printed, a width is that of the line", "[pool]") {
  const arena::ArenaPoolKeyStats stats{20'000, 10'000, 0, 1'000'000};
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new Grouping));
  out << std::hex << std::showpos << stats;
  CHECK(out.str() == Printed(stats));
  std::ostringstream wide;
  wide << std::setw(80) << std::left << std::setfill('.') << stats << '|';
  CHECK(wide.str() == Printed(stats) + std::string(80 - Printed(stats).size(), '.') + '|');
  std::ostringstream whole;
  whole << std::setw(200) << arena::ArenaPoolStats{} << '|';
  CHECK(whole.str().size() == 201);
}
