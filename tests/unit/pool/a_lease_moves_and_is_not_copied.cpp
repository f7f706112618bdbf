// SPDX-License-Identifier: Apache-2.0
//
// A lease is a handle: it is moved, not copied, and its arena goes back once.
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using arena::ArenaLease;
using arena::ArenaPool;

template <class Lease>
concept Dereferenced = requires(Lease&& lease) { *std::forward<Lease>(lease); };
template <class Lease>
concept Arrow = requires(Lease&& lease) { std::forward<Lease>(lease).operator->(); };

}  // namespace

TEST_CASE("a lease is moved, not copied, and a pool neither", "[pool]") {
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<ArenaLease>);
  STATIC_REQUIRE(std::is_nothrow_default_constructible_v<ArenaLease>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<ArenaLease>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<ArenaLease>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<ArenaPool>);
  STATIC_REQUIRE_FALSE(std::is_move_constructible_v<ArenaPool>);
  STATIC_REQUIRE_FALSE(std::is_move_assignable_v<ArenaPool>);
}

TEST_CASE("a lease has an arena as long as it has a name", "[pool]") {
  STATIC_REQUIRE(Dereferenced<ArenaLease&>);
  STATIC_REQUIRE(Dereferenced<const ArenaLease&>);
  STATIC_REQUIRE(Arrow<ArenaLease&>);
  STATIC_REQUIRE(Arrow<const ArenaLease&>);
  STATIC_REQUIRE_FALSE(Dereferenced<ArenaLease>);
  STATIC_REQUIRE_FALSE(Dereferenced<const ArenaLease>);
  STATIC_REQUIRE_FALSE(Arrow<ArenaLease>);
  STATIC_REQUIRE_FALSE(Arrow<const ArenaLease>);
  STATIC_REQUIRE(std::same_as<decltype(*std::declval<ArenaLease&>()), arena::MonotonicArena&>);
}

TEST_CASE("a moved lease keeps its arena and leaves an empty one behind", "[pool]") {
  ArenaPool pool;
  ArenaLease first = pool.Acquire(1);
  REQUIRE(first);
  arena::MonotonicArena* const arena = &*first;
  ArenaLease second = std::move(first);
  CHECK_FALSE(first);
  CHECK(&*second == arena);
  CHECK(pool.Stats().open == 1);
  ArenaLease third = std::move(second);
  CHECK(&*third == arena);
  CHECK_FALSE(second);
  CHECK(pool.Stats().returned == 0);
  first.Return();  // nothing is returned by an empty one
  CHECK(pool.Stats().returned == 0);
  third.Return();
  CHECK_FALSE(third);
  CHECK(pool.Stats().returned == 1);
  third.Return();
  CHECK(pool.Stats().returned == 1);
}

TEST_CASE("a lease is not assigned over, but an optional may hold one after the other", "[pool]") {
  STATIC_REQUIRE_FALSE(std::is_assignable_v<ArenaLease&, ArenaLease>);
  STATIC_REQUIRE_FALSE(std::is_assignable_v<ArenaLease&, ArenaLease&>);
  ArenaPool pool;
  std::optional<ArenaLease> lease(pool.Acquire(1));
  int ended = 0;
  arena::Defer(**lease, [&ended] { ++ended; });
  lease.emplace(pool.Acquire(1));
  CHECK(ended == 1);
  CHECK(pool.Stats().open == 1);
  lease.reset();
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().idle == 2);
}

TEST_CASE("leases may be kept in containers", "[pool]") {
  ArenaPool pool;
  std::vector<ArenaLease> leases;
  std::vector<arena::MonotonicArena*> arenas;
  for (std::uint64_t key = 0; key < 20; ++key) {
    leases.push_back(pool.Acquire(key));
    arenas.push_back(&*leases.back());
  }
  CHECK(pool.Stats().open == 20);
  for (std::size_t i = 0; i < 20; ++i) CHECK(&*leases[i] == arenas[i]);
  leases.pop_back();
  CHECK(pool.Stats().open == 19);
  leases.clear();
  CHECK(pool.Stats().open == 0);
  CHECK(pool.Stats().returned == 20);
}
