// SPDX-License-Identifier: Apache-2.0
//
// TryAllocate returns null where Allocate throws std::bad_alloc, and both leave the figures alone.
#include <arena/arena.hpp>
#include <cstddef>
#include <new>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/lifetime.hpp"

using arena_test::CheckingResource;
using arena_test::Failure;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

struct TriedBlock {
  char bytes[100];
};

}  // namespace

TEST_CASE("typed allocation reports a limit that is reached") {
  arena::MonotonicArena a({.min_buffer_size = 256, .limit = 256});
  arena::Allocate<TriedBlock>(a);
  arena::Allocate<TriedBlock>(a);
  CHECK(arena::TryAllocate<TriedBlock>(a) == nullptr);
  CHECK_THROWS_AS(arena::Allocate<TriedBlock>(a), std::bad_alloc);
  CHECK_THROWS_AS(arena::AllocateForOverwrite<TriedBlock>(a), std::bad_alloc);
  CHECK(a.Len() == 200);
  CHECK(a.Peak() == 200);
  CHECK(a.Cap() == 256);
  CHECK(arena::TryAllocate<char>(a) != nullptr);
}

TEST_CASE("typed allocation reports an upstream that fails") {
  const auto failure = GENERATE(Failure::kBadAlloc, Failure::kInt, Failure::kNull);
  CheckingResource upstream;
  LifetimeLog log;
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  upstream.FailFrom(1, failure);
  CHECK(arena::TryAllocate<Tracked>(a, 1) == nullptr);
  CHECK_THROWS_AS(arena::Allocate<Tracked>(a, 1), std::bad_alloc);
  CHECK(log.Constructions() == 0);
  CHECK(a.Len() == 0);
  CHECK(a.Cap() == 0);
  upstream.FailNever();
  CHECK(arena::TryAllocate<Tracked>(a, 1)->Id() == 1);
  a.Release();
  CHECK(log.Check() == "");
  CHECK(upstream.Check() == "");
}
