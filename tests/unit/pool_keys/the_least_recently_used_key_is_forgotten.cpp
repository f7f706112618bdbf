// SPDX-License-Identifier: Apache-2.0
//
// The table of a pool's keys, against a plain list in the order of use.
#include <algorithm>
#include <arena/detail/pool/pool_keys.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using arena::detail::LeaseSizes;
using arena::detail::PoolKey;
using arena::detail::PoolKeys;

PoolKey* UseOrAdd(PoolKeys& keys, std::uint64_t name, std::size_t max_count) {
  if (PoolKey* const key = keys.Use(name)) return key;
  return keys.Add(std::make_unique<PoolKey>(name, 4, 0.95, LeaseSizes{1, 2, 3}), max_count);
}

}  // namespace

TEST_CASE("the key that was not used for longest is forgotten first", "[pool]") {
  const std::size_t max_count = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{20});
  // Small names, and names that differ in high bits only.
  const int shift = GENERATE(0, 40, 63);
  CAPTURE(max_count, shift);
  arena_test::Random random(max_count);
  PoolKeys keys;
  std::vector<std::uint64_t> model;  // the latest last
  for (int step = 0; step < 2000; ++step) {
    const std::uint64_t name = (random() % (2 * max_count)) << shift;
    const auto known = std::find(model.begin(), model.end(), name);
    const bool was_known = known != model.end();
    REQUIRE((keys.Find(name) != nullptr) == was_known);
    PoolKey* const before = keys.Find(name);
    PoolKey* const key = UseOrAdd(keys, name, max_count);
    REQUIRE(key->id == name);
    if (was_known) {
      REQUIRE(key == before);
      model.erase(known);
    } else if (model.size() == max_count) {
      REQUIRE(keys.Find(model.front()) == nullptr);
      model.erase(model.begin());
    }
    model.push_back(name);
    REQUIRE(keys.count() == model.size());
    for (const std::uint64_t each : model) REQUIRE(keys.Find(each) != nullptr);
  }
}

TEST_CASE("a forgotten key lives until its last lease has ended", "[pool]") {
  PoolKeys keys;
  PoolKey* const first = UseOrAdd(keys, 1, 1);
  first->acquired = 2;
  UseOrAdd(keys, 2, 1);
  CHECK(keys.Find(1) == nullptr);
  CHECK(first->evicted);
  CHECK(first->open() == 2);
  ++first->returned;
  PoolKeys::DeleteIfLast(first);
  CHECK(first->open() == 1);  // a sanitizer would tell if it were gone
  PoolKey* const again = UseOrAdd(keys, 1, 2);
  CHECK(again != first);
  CHECK(again->open() == 0);
  ++first->returned;
  PoolKeys::DeleteIfLast(first);  // a leak checker would tell if it were not gone
  CHECK(keys.count() == 2);
}

TEST_CASE("an empty table knows no key", "[pool]") {
  PoolKeys keys;
  CHECK(keys.count() == 0);
  CHECK(keys.Find(0) == nullptr);
  CHECK(keys.Use(0) == nullptr);
}
