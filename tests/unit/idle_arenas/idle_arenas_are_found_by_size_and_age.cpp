// SPDX-License-Identifier: Apache-2.0
//
// The lists of a pool's idle arenas, against a plain vector in the order of age.
#include <algorithm>
#include <arena/detail/pool/idle_arenas.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/raw_memory.hpp"

namespace {

using arena::detail::IdleArenas;
using arena::detail::PooledArena;

constexpr std::size_t kMostCap = arena_test::kMoreThanThereIs;

class Arenas {
 public:
  PooledArena* Make(std::size_t cap) {
    all_.push_back(std::make_unique<PooledArena>(
        arena::MonotonicArenaOptions{.min_buffer_size = 0, .initial_buffer_count = 0}));
    all_.back()->cap = cap;
    return all_.back().get();
  }

 private:
  std::vector<std::unique_ptr<PooledArena>> all_;
};

struct Model {
  std::vector<PooledArena*> by_age;  // the oldest first
  std::size_t offered = 0;           // so many of the oldest are, or just being

  std::size_t Bytes() const {
    std::size_t bytes = 0;
    for (const PooledArena* arena : by_age) bytes += arena->cap;
    return bytes;
  }
  bool Remove(PooledArena* arena) {
    const auto found = std::find(by_age.begin(), by_age.end(), arena);
    if (found == by_age.end()) return false;
    if (static_cast<std::size_t>(found - by_age.begin()) < offered) --offered;
    by_age.erase(found);
    return true;
  }
};

bool Agree(const IdleArenas& idle, const Model& model) {
  PooledArena* const oldest = model.by_age.empty() ? nullptr : model.by_age.front();
  PooledArena* const kept =
      model.offered < model.by_age.size() ? model.by_age[model.offered] : nullptr;
  return idle.count() == model.by_age.size() && idle.bytes() == model.Bytes() &&
         idle.oldest() == oldest && idle.oldest_unoffered() == kept;
}

}  // namespace

TEST_CASE("idle arenas are found by size and listed by age", "[pool]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  CAPTURE(seed);
  arena_test::Random random(seed);
  Arenas arenas;
  IdleArenas idle;
  Model model;
  std::vector<PooledArena*> spare;
  std::vector<PooledArena*> on_offer;
  const auto is_on_offer = [&on_offer](const PooledArena* arena) {
    return std::find(on_offer.begin(), on_offer.end(), arena) != on_offer.end();
  };
  for (int i = 0; i < 40; ++i) spare.push_back(arenas.Make(0));
  const auto random_cap = [&random] { return std::size_t{1} << (random() % 30) | random() % 4096; };

  for (int step = 0; step < 4000; ++step) {
    const auto action = random() % 10;
    if (action < 5 && !spare.empty()) {
      PooledArena* const arena = spare.back();
      spare.pop_back();
      arena->cap = random_cap();
      idle.Add(arena);
      model.by_age.push_back(arena);
    } else if (action < 7) {
      const std::size_t min = random_cap();
      const std::size_t max = random() % 2 == 0 ? 2 * min : min + 100;
      PooledArena* const arena = idle.Take(min, max);
      if (arena != nullptr) {
        REQUIRE_FALSE(is_on_offer(arena));
        REQUIRE(arena->cap >= min);
        REQUIRE(arena->cap <= max);
        REQUIRE(model.Remove(arena));
        spare.push_back(arena);
      }
    } else if (action < 9 && idle.oldest() != nullptr) {
      PooledArena* const arena = idle.oldest();
      idle.Remove(arena);
      REQUIRE(model.Remove(arena));
      if (!is_on_offer(arena)) spare.push_back(arena);
    } else if (idle.oldest_unoffered() != nullptr && on_offer.size() < 3) {
      PooledArena* const arena = idle.BeginOffer();
      REQUIRE(arena == model.by_age[model.offered]);
      on_offer.push_back(arena);
      ++model.offered;
    } else if (!on_offer.empty()) {
      PooledArena* const arena = on_offer[static_cast<std::size_t>(random() % on_offer.size())];
      const bool is_idle = std::count(model.by_age.begin(), model.by_age.end(), arena) != 0;
      REQUIRE(idle.EndOffer(arena) == is_idle);
      on_offer.erase(std::find(on_offer.begin(), on_offer.end(), arena));
      if (!is_idle) spare.push_back(arena);
    }
    REQUIRE(Agree(idle, model));
  }
}

TEST_CASE("an idle arena that fits is found whatever its size", "[pool]") {
  // One arena at a time, so that none can hide behind others of its class.
  Arenas arenas;
  IdleArenas idle;
  PooledArena* const arena = arenas.Make(0);
  PooledArena* const young = arenas.Make(1);  // keeps the other one off the place of the youngest
  for (const std::size_t cap : {std::size_t{5}, std::size_t{63}, std::size_t{64}, std::size_t{79},
                                std::size_t{80}, std::size_t{4064}, std::size_t{65536},
                                (std::size_t{1} << (sizeof(std::size_t) * 4 - 1)) + 5, kMostCap}) {
    CAPTURE(cap);
    arena->cap = cap;
    idle.Add(arena);
    idle.Add(young);
    CHECK(idle.Take(cap + 1, SIZE_MAX) == nullptr);
    CHECK(idle.Take(2, cap - 1) == nullptr);
    CHECK(idle.Take(cap, cap) == arena);
    idle.Add(arena);
    CHECK(idle.Take(2, SIZE_MAX) == arena);
    CHECK(idle.Take(1, 1) == young);
    CHECK(idle.count() == 0);
    CHECK(idle.bytes() == 0);
  }
  CHECK(idle.Take(0, SIZE_MAX) == nullptr);
}

TEST_CASE("the youngest idle arena that fits comes first, then the smallest", "[pool]") {
  Arenas arenas;
  IdleArenas idle;
  PooledArena* const large = arenas.Make(9000);
  PooledArena* const small = arenas.Make(5000);
  PooledArena* const middle = arenas.Make(7000);
  idle.Add(large);
  idle.Add(small);
  idle.Add(middle);
  CHECK(idle.Take(4000, 10'000) == middle);
  idle.Add(middle);
  CHECK(idle.Take(8000, 10'000) == large);
  idle.Add(large);
  CHECK(idle.Take(4000, 8000) == small);
  CHECK(idle.Take(4000, 8000) == middle);
  CHECK(idle.Take(4000, 8000) == nullptr);
  CHECK(idle.count() == 1);
}

TEST_CASE("arenas whose pages are offered at the same time come back in any order", "[pool]") {
  const bool with_kept = GENERATE(false, true);
  CAPTURE(with_kept);
  Arenas arenas;
  IdleArenas idle;
  std::vector<PooledArena*> by_age;
  for (std::size_t i = 0; i < 5; ++i) {
    by_age.push_back(arenas.Make(1000 * i + 1000));
    idle.Add(by_age.back());
  }
  const std::size_t offered = with_kept ? 3 : 5;
  for (std::size_t i = 0; i < offered; ++i) CHECK(idle.BeginOffer() == by_age[i]);
  CHECK(idle.count() == 5);
  CHECK(idle.bytes() == 15'000);
  CHECK(idle.Take(1, 3000) == nullptr);
  for (const std::size_t i :
       {std::size_t{1}, std::size_t{4}, std::size_t{2}, std::size_t{0}, std::size_t{3}}) {
    if (i < offered) CHECK(idle.EndOffer(by_age[i]));
  }
  CHECK(idle.oldest_unoffered() == (with_kept ? by_age[3] : nullptr));
  for (PooledArena* const arena : by_age) {
    REQUIRE(idle.oldest() == arena);
    idle.Remove(arena);
  }
  CHECK(idle.count() == 0);
}

TEST_CASE("the youngest idle arena is not taken while its pages are being offered", "[pool]") {
  Arenas arenas;
  IdleArenas idle;
  PooledArena* const arena = arenas.Make(1000);
  idle.Add(arena);
  CHECK(idle.BeginOffer() == arena);
  CHECK(idle.Take(1, SIZE_MAX) == nullptr);
  SECTION("it is afterwards") {
    CHECK(idle.EndOffer(arena));
    CHECK(idle.Take(1, SIZE_MAX) == arena);
  }
  SECTION("if it is removed meanwhile, it is not idle afterwards") {
    idle.Remove(arena);
    CHECK(idle.count() == 0);
    CHECK(idle.bytes() == 0);
    CHECK_FALSE(idle.EndOffer(arena));
    CHECK(idle.Take(1, SIZE_MAX) == nullptr);
  }
}
