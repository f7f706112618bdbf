// SPDX-License-Identifier: Apache-2.0
//
// The table of a pool's keys, against a plain list in the order of use.
#include <algorithm>
#include <arena/detail/pool/lru_table.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

struct Entry : arena::detail::LruEntry<Entry> {
  static inline int alive = 0;
  Entry() { ++alive; }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { --alive; }
};
using Table = arena::detail::LruTable<Entry>;

}  // namespace

TEST_CASE("the entry that was not used for longest makes way first", "[pool]") {
  const std::size_t max_count = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{20});
  // Small ids, and ids that differ in high bits only.
  const int shift = GENERATE(0, 40, 63);
  CAPTURE(max_count, shift);
  arena_test::Random random(max_count);
  {
    Table table;
    std::vector<std::uint64_t> model;  // the latest last
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t id = (random() % (2 * max_count)) << shift;
      const auto known = std::find(model.begin(), model.end(), id);
      Entry* const before = table.Find(id);
      REQUIRE((before != nullptr) == (known != model.end()));
      if (before != nullptr) {
        table.Touch(before);
        model.erase(known);
      } else {
        Entry* const oldest = table.least_recent();
        Entry* const entry = table.Add(id, model.size() < max_count ? new Entry : nullptr);
        if (model.size() == max_count) {
          REQUIRE(entry == oldest);  // what is known of it stays where it is
          REQUIRE(table.Find(model.front()) == nullptr);
          model.erase(model.begin());
        }
      }
      model.push_back(id);
      REQUIRE(table.Find(id)->id == id);
      REQUIRE(table.most_recent()->id == id);
      REQUIRE(table.least_recent()->id == model.front());
      REQUIRE(table.count() == model.size());
      REQUIRE(Entry::alive == static_cast<int>(model.size()));
      for (const std::uint64_t each : model) REQUIRE(table.Find(each) != nullptr);
    }
  }
  CHECK(Entry::alive == 0);
}

TEST_CASE("an empty table finds nothing", "[pool]") {
  const Table table;
  CHECK(table.count() == 0);
  CHECK(table.Find(0) == nullptr);
  CHECK(table.most_recent() == nullptr);
  CHECK(table.least_recent() == nullptr);
}
