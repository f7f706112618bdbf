// SPDX-License-Identifier: Apache-2.0
//
// The table of a pool's keys, against a plain list in the order of use.
#include <algorithm>
#include <arena/detail/pool/pool_keys.hpp>
#include <arena/pool_options.hpp>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using arena::detail::PoolKey;
using arena::detail::PoolKeys;
using arena::detail::PoolSettings;

PoolSettings WithKeys(std::size_t count) {
  arena::ArenaPoolOptions options;
  options.max_keys = count;
  options.history = 4;
  return {options, true};
}

}  // namespace

TEST_CASE("the key that was not used for longest makes way first", "[pool]") {
  const std::size_t max_count = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{20});
  // Small ids, and ids that differ in high bits only.
  const int shift = GENERATE(0, 40, 63);
  CAPTURE(max_count, shift);
  arena_test::Random random(max_count);
  const PoolSettings settings = WithKeys(max_count);
  PoolKeys keys(settings);
  std::vector<std::uint64_t> model;  // the latest last
  std::set<std::uint64_t> numbers;
  for (int step = 0; step < 2000; ++step) {
    const std::uint64_t id = (random() % (2 * max_count)) << shift;
    const auto known = std::find(model.begin(), model.end(), id);
    PoolKey* const before = keys.Find(id);
    REQUIRE((before != nullptr) == (known != model.end()));
    if (before != nullptr) {
      if (random() % 2 == 0) keys.Add(id);  // does nothing
      keys.Touch(before);
      model.erase(known);
      REQUIRE(keys.Find(id) == before);
    } else {
      PoolKey* const oldest = model.empty() ? nullptr : keys.Find(model.front());
      keys.Add(id);
      PoolKey* const key = keys.Find(id);
      REQUIRE(numbers.insert(key->number).second);
      REQUIRE(key->Counts().returned == 0);
      REQUIRE(key->PartOf(0)->batched == 0);
      REQUIRE(key->Sizes().min == 1);
      if (model.size() == max_count) {
        REQUIRE(key == oldest);  // it stays where it is
        REQUIRE(keys.Find(model.front()) == nullptr);
        model.erase(model.begin());
      }
      key->counts.returned = id;
      key->AddNeed(100, settings);
      key->PartOf(0)->counts.returned = 1;
      key->PartOf(0)->batched = 1;
    }
    model.push_back(id);
    REQUIRE(keys.count() == model.size());
    for (const std::uint64_t each : model) {
      const PoolKey* const key = keys.Find(each);
      REQUIRE(key != nullptr);
      REQUIRE(key->id == each);
      REQUIRE(key->Counts().returned == each + 1);
    }
  }
}

TEST_CASE("a table without keys finds nothing", "[pool]") {
  const PoolSettings settings = WithKeys(1);
  const PoolKeys keys(settings);
  CHECK(keys.count() == 0);
  CHECK(keys.Find(0) == nullptr);
}
